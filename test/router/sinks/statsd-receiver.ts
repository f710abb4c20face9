import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What stands where statsd would. */
export interface StatsdReceiver {
  readonly port: number;
  /** Every datagram so far, or what came by TCP, in pieces. */
  readonly texts: readonly string[];
  /** The lines, once all that was sent before is here. */
  lines(count: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Ends what was sent before it: datagrams within a machine keep their order. */
const MARK = 'mark';

export async function startUdpReceiver(port = 0): Promise<StatsdReceiver> {
  const socket = createSocket('udp4');
  const texts: string[] = [];
  socket.on('message', (bytes) => texts.push(bytes.toString()));
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  const bound = socket.address().port;
  let isClosed = false;
  async function close(): Promise<void> {
    if (isClosed) return;
    isClosed = true;
    socket.close();
    await once(socket, 'close');
  }
  onTestFinished(close);
  return {
    port: bound,
    texts,
    async lines() {
      const marker = createSocket('udp4');
      marker.send(MARK, bound, '127.0.0.1');
      while (texts.at(-1) !== MARK) await once(socket, 'message');
      texts.pop();
      marker.close();
      return texts.flatMap((text) => text.split('\n'));
    },
    close,
  };
}

export interface TcpReceiver extends StatsdReceiver {
  readonly connections: readonly Socket[];
}

export async function startTcpReceiver(port = 0, { reads = true } = {}): Promise<TcpReceiver> {
  const connections: Socket[] = [];
  const texts: string[] = [];
  const server = createServer((connection) => {
    connections.push(connection);
    connection.on('error', () => undefined); // the sink may break it off
    if (reads) connection.on('data', (bytes) => texts.push(bytes.toString()));
    else connection.pause();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const lines = (): string[] => texts.join('').split('\n').slice(0, -1);
  async function close(): Promise<void> {
    for (const connection of connections) connection.destroy();
    if (server.listening) {
      server.close();
      await once(server, 'close');
    }
  }
  onTestFinished(close);
  return {
    port: (server.address() as AddressInfo).port, // a server on a port has no other kind of address
    connections,
    texts,
    async lines(count) {
      while (lines().length < count) await new Promise((resolve) => setTimeout(resolve, 1));
      return lines();
    },
    close,
  };
}
