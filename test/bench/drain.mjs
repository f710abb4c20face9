import { createSocket } from 'node:dgram';

// A listener that takes what comes and counts it; asked by any message, it answers what came since it was last asked.

const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
const NEWLINE = 10;
const BRACE = '{'.charCodeAt(0);

const socket = createSocket('udp4');
let datagrams = 0;
let messages = 0;

socket.on('message', (bytes) => {
  datagrams += 1;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) messages += 1;
  if (bytes.at(-1) !== NEWLINE) messages += 1;
  if (bytes[0] === BRACE) messages -= 1; // Metlog's header line
});
socket.bind(0, '127.0.0.1', () => {
  socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  process.send({ port: socket.address().port });
});
process.on('message', () => {
  process.send({ datagrams, messages });
  datagrams = 0;
  messages = 0;
});
process.on('disconnect', () => socket.close());
