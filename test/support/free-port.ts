import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what Linux hands out by itself (32768 and up), so that no other socket takes a port between the look and the use. */
const FIRST_PORT = 20_000;
const PORT_COUNT = 12_000;

/** A port of 127.0.0.1 that nobody uses, neither for datagrams nor for connections. Also where nobody is to listen: a port that was let go may be another's at once. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORT_COUNT);
    if ((await isFreeForConnections(port)) && (await isFreeForDatagrams(port))) return port;
  }
}

async function isFreeForConnections(port: number): Promise<boolean> {
  const server = createServer();
  const outcome = Promise.race([once(server, 'listening').then(() => true), once(server, 'error').then(() => false)]);
  server.listen(port, '127.0.0.1');
  const isFree = await outcome.catch(() => false);
  if (isFree) await new Promise((resolve) => server.close(resolve));
  return isFree;
}

async function isFreeForDatagrams(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  const outcome = once(socket, 'listening').then(
    () => true,
    () => false,
  );
  socket.bind(port, '127.0.0.1');
  const isFree = await outcome;
  await new Promise<void>((resolve) => socket.close(resolve));
  return isFree;
}
