import { createSocket } from 'node:dgram';

// Stands in for statsd, for timers whose value is when they were called, in milliseconds of the day; asked by any message, it tells how long they were under way.

const DAY_MS = 86_400_000;
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
const underWayMs = [];
const socket = createSocket('udp4');
socket.on('message', (bytes) => {
  const nowMs = Date.now() % DAY_MS;
  for (const line of bytes.toString('latin1').split('\n')) {
    const calledMs = /:(\d+(?:\.\d+)?)\|ms/.exec(line)?.[1];
    if (calledMs !== undefined) underWayMs.push(nowMs - Number(calledMs));
  }
});
socket.bind(0, '127.0.0.1', () => {
  socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  process.send({ port: socket.address().port });
});
process.on('message', () => {
  underWayMs.sort((a, b) => a - b);
  const at = (part) => underWayMs[Math.min(underWayMs.length - 1, Math.floor(part * underWayMs.length))] ?? Number.NaN;
  process.send({ count: underWayMs.length, p50: at(0.5), p99: at(0.99), max: at(1) });
});
process.on('disconnect', () => socket.close());
