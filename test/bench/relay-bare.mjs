// What no relay can be cheaper than: reads the body and answers.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    Buffer.concat(chunks);
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"accepted":1,"refused":[]}\n');
  });
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.once('disconnect', () => {
  server.closeAllConnections();
  server.close();
});
