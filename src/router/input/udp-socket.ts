import { createSocket } from 'node:dgram';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf } from '../../core/text-of.ts';
import { codeOf, StartError } from '../errors.ts';

export interface UdpOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Receive buffer to ask for, in bytes. */
  readonly recvBufferBytes: number;
}

/** The kernel's buffer for datagrams that have not been read yet. */
export interface RecvBuffer {
  readonly askedBytes: number;
  /** What the kernel gave; smaller than asked where the system's limit is. */
  readonly grantedBytes: number;
}

/** Where a datagram came from. */
export interface Source {
  readonly address: string;
  readonly port: number;
}

export interface UdpSocket {
  readonly address: { readonly host: string; readonly port: number };
  readonly recvBuffer: RecvBuffer;
  /** Takes what the kernel has received so far, then closes. Idempotent. */
  close(): Promise<void>;
}

/** Turns of the event loop without a datagram after which the kernel's buffer is empty: one could fall between two reads. */
const QUIET_TURNS = 2;
/** Senders that never pause do not keep the socket open; in milliseconds. */
const MAX_DRAIN_MS = 500;

/** Listens for datagrams. Rejects with StartError if the address cannot be had. */
export async function openUdpSocket(
  options: UdpOptions,
  onDatagram: (bytes: Buffer, source: Source) => void,
): Promise<UdpSocket> {
  const { host, port, recvBufferBytes } = options;
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      const what = codeOf(error) === 'EADDRINUSE' ? 'is in use' : `cannot be used: ${messageOf(error)}`;
      reject(new StartError('udp-unusable', `udp://${host}:${port} ${what}`, error));
    });
    socket.bind({ port, address: host }, resolve);
  });
  socket.removeAllListeners('error');
  // A bound socket that only receives reports none on any system that we know; if one does, the next datagram is received all the same.
  let errors = 0;
  socket.on('error', () => errors++);
  let datagrams = 0;
  socket.on('message', (bytes, source) => {
    datagrams++;
    onDatagram(bytes, source);
  });
  const bound = socket.address();
  const recvBuffer = askForBuffer(socket, recvBufferBytes);
  let closing: Promise<void> | undefined;

  async function drainAndClose(): Promise<void> {
    const deadlineMs = performance.now() + MAX_DRAIN_MS;
    for (let quiet = 0, seen = datagrams; quiet < QUIET_TURNS && performance.now() < deadlineMs; seen = datagrams) {
      await nextTurn();
      quiet = datagrams === seen ? quiet + 1 : 0;
    }
    await new Promise<void>((resolve) => socket.close(resolve));
  }

  return {
    address: { host: bound.address, port: bound.port },
    recvBuffer,
    close: () => (closing ??= drainAndClose()),
  };
}

function askForBuffer(socket: ReturnType<typeof createSocket>, askedBytes: number): RecvBuffer {
  try {
    socket.setRecvBufferSize(askedBytes);
  } catch {
    // Where more than the limit is an error (macOS, BSD), the default stays, and what is granted tells.
    return { askedBytes, grantedBytes: grantedBytes(socket) };
  }
  return { askedBytes, grantedBytes: grantedBytes(socket) };
}

/** Linux doubles what is asked, for its own bookkeeping, and reports the double. https://man7.org/linux/man-pages/man7/socket.7.html */
const grantedBytes = (socket: ReturnType<typeof createSocket>): number =>
  process.platform === 'linux' ? socket.getRecvBufferSize() / 2 : socket.getRecvBufferSize();
