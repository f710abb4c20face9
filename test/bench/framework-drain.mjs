// Takes what the watchers send: traces and envelopes by HTTP, datagrams by UDP.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';

let bytes = 0;
const server = createServer((request, response) => {
  request.on('data', (chunk) => (bytes += chunk.length));
  request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
});
const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
socket.on('message', (datagram) => (bytes += datagram.length));
socket.bind(0, '127.0.0.1', () => {
  server.listen(0, '127.0.0.1', () =>
    process.send({ udpPort: socket.address().port, httpPort: server.address().port }),
  );
});
process.on('message', () => process.send({ bytes }));
process.once('disconnect', () => process.exit(0));
