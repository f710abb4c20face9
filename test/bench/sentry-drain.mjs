import { createServer } from 'node:http';

// An HTTP server that takes what comes and counts it; asked by any message, it answers how many requests came since it was last asked.

let requests = 0;
const server = createServer((request, response) => {
  requests += 1;
  request.resume().on('end', () => response.end('{}'));
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', () => {
  process.send({ requests });
  requests = 0;
});
process.on('disconnect', () => {
  server.close();
  server.closeAllConnections();
});
