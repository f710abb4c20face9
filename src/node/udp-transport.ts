import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { createChunkSender } from '../core/chunk-sender.ts';
import { MAX_CHUNKED_BYTES } from '../core/chunks.ts';
import type { Cancel, Clock } from '../core/platform.ts';
import type { Datagram, SendResult, Transport } from '../core/transport.ts';
import { isLoopback, literalAddress, resolveHost, type Address } from './resolver.ts';

/** One Ethernet frame's payload, 1500 less 20 (IP) and 8 (UDP), with 40 to spare for tunnels: what statsd's clients use too. */
export const SAFE_DATAGRAM_BYTES = 1_432;
/** A loopback device's MTU is 65,536, and a larger datagram costs the receiver the same as a small one. */
export const LOOPBACK_DATAGRAM_BYTES = 16_384;
/** The most that one datagram is asked to carry on this machine: UDP's own limit over IPv4 is 65,507. To others, a larger one than fits a frame is cut. */
export const MAX_DATAGRAM_BYTES = 60_000;
/** macOS refuses larger ones unless told otherwise: `sysctl net.inet.udp.maxdgram`. */
const MAC_MAX_DATAGRAM_BYTES = 9_216;

/** A host's name is asked for again after this, in milliseconds. */
const RESOLVE_AGAIN_MS = 60_000;
/** Pauses between attempts to resolve a name, in milliseconds: a container's name server may come up after it. */
const RESOLVE_PAUSES_MS = [250, 500, 1_000, 2_000, 4_000];
/** A refused datagram waits this long for its second attempt, in milliseconds: a router restarts in less. */
const RETRY_AFTER_MS = 250;
/** ICMP's "nobody listens" comes back within this, in milliseconds: from this machine with the next turn of the event loop, from others after a round trip. */
const QUIET_LOOPBACK_MS = 2;
const QUIET_REMOTE_MS = 100;

export interface UdpTransportOptions {
  readonly host: string;
  readonly port: number;
  /** @default 1432, and 16384 to a loopback address */
  readonly datagramBytes?: number | undefined;
}

/** One that left, and of which nobody has said yet that nobody was there. */
interface Unconfirmed {
  readonly atMs: number;
  settle(result: SendResult): void;
}

/**
 * Ships datagrams by one connected UDP socket, which tells when nobody listens: on Linux a refusal comes as an error of the socket, or of the
 * next send, which then did not take place. https://man7.org/linux/man-pages/man7/udp.7.html
 */
export function createUdpTransport(options: UdpTransportOptions, clock: Clock): Transport {
  const { host, port } = options;
  const maxDatagramBytes = process.platform === 'darwin' ? MAC_MAX_DATAGRAM_BYTES : MAX_DATAGRAM_BYTES;
  const literal = literalAddress(host);
  let address: Address | null = literal;
  let askedAtMs = 0;
  let asking: Promise<void> | null = null;
  let socket: Socket | null = null;
  let unconfirmed: Unconfirmed | null = null;
  let cancelQuiet: Cancel | undefined;
  /** Sends through a socket that could not be connected; its error says why, one turn later. */
  let unsent: ((result: SendResult) => void)[] = [];
  let closed = false;
  let endWaiting = (): void => undefined;
  const closing = new Promise<void>((resolve) => (endWaiting = resolve));

  const refused: SendResult = {
    status: 'retry',
    afterMs: RETRY_AFTER_MS,
    reason: 'unreachable',
    cause: `nobody listens at udp://${host}:${port}; is \`metlog serve\` running?`,
  };

  const chunkSender = createChunkSender(sendBytes, clock, randomBytes);
  const wasClosed: SendResult = { status: 'refused', reason: 'closed', cause: 'the client was closed' };

  function confirm(result: SendResult = { status: 'sent' }): void {
    const confirmed = unconfirmed;
    unconfirmed = null;
    confirmed?.settle(result);
  }

  /** Once nothing has come back for a while, the last datagram counts as sent. */
  function awaitQuiet(): void {
    const quietMs = address && isLoopback(address) ? QUIET_LOOPBACK_MS : QUIET_REMOTE_MS;
    cancelQuiet ??= clock.after(quietMs, () => {
      cancelQuiet = undefined;
      if (unconfirmed && clock.monotonic() - unconfirmed.atMs < quietMs) awaitQuiet();
      else confirm();
    });
  }

  function open(to: Address): Socket {
    const opened = createSocket({
      type: to.family === 6 ? 'udp6' : 'udp4',
      // The addresses are literals, so this answers at once; then binding, connecting and sending are done before `send` returns, even in an exit handler.
      lookup: (ip, _options, callback) => callback(null, ip, to.family),
    });
    opened.on('error', (error) => {
      if (!literal) askAgain();
      if (isRefusal(error)) return confirm(refused);
      if (socket === opened) reopen(address); // there is no way to the address now; the next send looks again
      failUnsent(failure(error));
    });
    opened.connect(port, to.ip);
    opened.unref();
    return opened;
  }

  function failUnsent(result: SendResult): void {
    const failed = unsent;
    unsent = [];
    for (const settle of failed) settle(result);
  }

  function reopen(to: Address | null): void {
    address = to;
    socket?.close();
    socket = null;
  }

  async function ask(): Promise<void> {
    for (const pauseMs of [0, ...RESOLVE_PAUSES_MS]) {
      if (pauseMs > 0) await new Promise<void>((resolve) => void clock.after(pauseMs, resolve));
      if (closed) return;
      const found = await resolveHost(host);
      askedAtMs = clock.monotonic();
      if (!found) continue;
      if (found.ip !== address?.ip) reopen(found);
      return;
    }
  }

  function askAgain(): void {
    asking ??= ask().finally(() => {
      asking = null;
    });
  }

  async function sendOnceResolved(datagram: Datagram): Promise<SendResult> {
    askAgain();
    await Promise.race([asking, closing]);
    if (address) return sendNow(datagram);
    return {
      status: 'refused',
      reason: 'unresolved',
      cause: `the host ${host} cannot be resolved; its messages are dropped`,
    };
  }

  function sendNow(datagram: Datagram): Promise<SendResult> {
    if (closed) return Promise.resolve(wasClosed);
    if (!literal && clock.monotonic() - askedAtMs > RESOLVE_AGAIN_MS) askAgain();
    const encode = (): Buffer => Buffer.from(datagram.encode(clock.now()));
    const bytes = encode();
    return bytes.length > longestDatagram() ? chunkSender.send(bytes, encode, datagramBytes) : sendBytes(bytes);
  }

  /** Past this many bytes it goes in chunks: the kernels between here and there would cut it too, and lose all of it with a part. */
  function longestDatagram(): number {
    return address && isLoopback(address) ? maxDatagramBytes : datagramBytes();
  }

  function datagramBytes(): number {
    return (
      options.datagramBytes ??
      (address && isLoopback(address) ? Math.min(LOOPBACK_DATAGRAM_BYTES, maxDatagramBytes) : SAFE_DATAGRAM_BYTES)
    );
  }

  function sendBytes(bytes: Uint8Array): Promise<SendResult> {
    if (closed || address === null) return Promise.resolve(wasClosed);
    socket ??= open(address);
    const through = socket;
    return new Promise((settle) => {
      try {
        through.send(bytes, (error) => {
          if (error) {
            confirm(isRefusal(error) ? refused : undefined);
            settle(failure(error));
          } else {
            confirm();
            unconfirmed = { atMs: clock.monotonic(), settle };
            if (closed) confirm();
            else awaitQuiet();
          }
        });
      } catch {
        unsent.push(settle); // Node throws on a socket that is not connected, and its `error` event, which is still to come, knows why
      }
    });
  }

  function failure(error: NodeJS.ErrnoException): SendResult {
    if (isRefusal(error)) return refused;
    if (error.code === 'EMSGSIZE')
      return {
        status: 'refused',
        reason: 'too-large',
        cause: `the network refused a datagram as too large: ${error.message}`,
      };
    if (!literal) askAgain();
    return {
      status: 'retry',
      afterMs: RETRY_AFTER_MS,
      reason: 'send-failed',
      cause: `a datagram to udp://${host}:${port} could not be sent: ${error.message}`,
    };
  }

  return {
    get datagramBytes() {
      return datagramBytes();
    },
    maxBytes: MAX_CHUNKED_BYTES,
    send: (datagram) => (address ? sendNow(datagram) : sendOnceResolved(datagram)),
    hurry: chunkSender.hurry,
    close() {
      cancelQuiet?.();
      confirm();
      closed = true;
      chunkSender.hurry();
      endWaiting();
      failUnsent(wasClosed);
      reopen(address);
      return Promise.resolve();
    },
  };
}

function isRefusal(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNREFUSED';
}
