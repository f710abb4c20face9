import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { report, task } from './lib/processes.mjs';
import { createDatagrams } from './load-datagrams.mjs';

// Sends messages at a rate, by UDP or TCP, in slots of a millisecond, for so many seconds or so many messages; reports how many it sent and how fast it was.

/** Applications that send, each with a book of its own. */
const SENDERS = 4;
/** A generator that was kept waiting makes up for this much, in milliseconds; what is older it leaves out, and its rate says so. */
const MAX_DEBT_MS = 20;

const {
  port,
  ratePerSecond,
  datagramBytes,
  seconds = Infinity,
  messages = Infinity,
  form,
  exceptionEvery,
  protocol,
} = task();
const socket = protocol === 'tcp' ? connect(port, '127.0.0.1') : createSocket('udp4');
if (protocol !== 'tcp') socket.connect(port, '127.0.0.1');
await once(socket, 'connect');
/** A connection that is full makes its sender wait; a datagram is gone, whatever becomes of it. */
const isFull = () => protocol === 'tcp' && socket.writableNeedDrain;
const send = (bytes) => (protocol === 'tcp' ? socket.write(Buffer.from(bytes)) : socket.send(bytes));

const senders = Array.from({ length: SENDERS }, (_, index) =>
  createDatagrams({
    datagramBytes,
    count: datagramBytes === 0 ? 1_000 : 40,
    logger: `shop${index}`,
    ...(form && { form }),
    ...(exceptionEvery && { exceptionEvery }),
  }),
);
let turn = 0;
let sent = 0;
let datagrams = 0;
let owed = 0;
const startedMs = performance.now();
let lastMs = startedMs;

await new Promise((resolve) => {
  function slot() {
    const nowMs = performance.now();
    owed += ((nowMs - lastMs) * ratePerSecond) / 1_000;
    owed = Math.min(owed, (MAX_DEBT_MS * ratePerSecond) / 1_000);
    lastMs = nowMs;
    for (const sender of senders) sender.setTime(Date.now());
    while (owed >= 1 && !isFull()) {
      const datagram = senders[turn].next();
      turn = (turn + 1) % SENDERS;
      send(datagram.bytes);
      owed -= datagram.messages;
      sent += datagram.messages;
      datagrams += 1;
    }
    if (nowMs - startedMs < seconds * 1_000 && sent < messages) setTimeout(slot, 1);
    else resolve();
  }
  slot();
});
const elapsedSeconds = (performance.now() - startedMs) / 1_000;
const { user, system } = process.cpuUsage();
await new Promise((resolve) => (protocol === 'tcp' ? socket.end(resolve) : socket.close(resolve)));
await report({ sent, datagrams, elapsedSeconds, cpuSeconds: (user + system) / 1e6 });
