import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { untilAborted } from '../until-aborted.ts';
import type { StatsdLink, StatsdTarget } from './link.ts';

/** Silence after which the other end is asked whether it is still there, in milliseconds. */
const KEEP_ALIVE_MS = 30_000;

/**
 * Sends to a statsd's TCP server, by one connection that is made anew after each failure; its name is asked for then. The server answers
 * nothing: what it had not read when it died is lost unseen.
 */
export function createTcpLink({ host, port }: StatsdTarget): StatsdLink {
  let connection: Socket | undefined;
  let isClosed = false;

  async function connect(signal: AbortSignal): Promise<Socket> {
    const socket = createConnection({ host: host === 'localhost' ? '127.0.0.1' : host, port });
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.unref();
    // The first sign of an end is enough; what is written after it would be lost.
    socket.once('end', () => drop(socket));
    socket.once('close', () => drop(socket));
    try {
      await untilAborted(once(socket, 'connect'), signal);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    // Whoever waits for a write hears of errors by it; `close` follows each.
    socket.on('error', () => undefined);
    socket.resume(); // the end of the connection is only seen by those who read
    return socket;
  }

  function drop(socket: Socket): void {
    if (connection === socket) connection = undefined;
    socket.destroy();
  }

  /** Resolves once the system has taken all of it. */
  function write(socket: Socket, text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const onClose = (): void => reject(new Error(`tcp://${host}:${port} has closed the connection`));
      socket.once('close', onClose);
      socket.write(text, (error) => {
        socket.off('close', onClose);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  return {
    async send(datagrams, signal) {
      if (isClosed) throw new Error('the sink is closed');
      if (datagrams.length === 0 || signal.aborted) return 0;
      connection ??= await connect(signal);
      const socket = connection;
      try {
        await untilAborted(write(socket, `${datagrams.join('\n')}\n`), signal);
        await nextTurn(); // a reset by a server that is gone comes back by now where it is on this machine
        if (socket.destroyed) throw new Error(`tcp://${host}:${port} has closed the connection`);
      } catch (error) {
        drop(socket); // a part may have left: the rest of a line must not be the start of the next
        throw error;
      }
      return datagrams.length;
    },
    close() {
      isClosed = true;
      connection?.destroy();
    },
  };
}
