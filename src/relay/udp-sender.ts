import { createHmac, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { createChunkSender } from '../core/chunk-sender.ts';
import type { Clock } from '../core/platform.ts';
import type { SendResult } from '../core/transport.ts';
import { messageOf } from '../core/text-of.ts';
import type { UdpDest } from './udp-dest.ts';

// The only file of the relay that needs Node: it is loaded with the first body that goes out by UDP.

/** Sends datagrams to one place. */
export interface UdpSender {
  /** How many bytes a datagram is filled up to. Rejects when the host cannot be resolved. */
  datagramBytes(): Promise<number>;
  /** Sends the text that `encode` makes, in chunks if it is longer than a datagram; `encode` is called again for what had to wait. Never rejects. */
  send(encode: () => string): Promise<SendResult>;
  /** Whether nobody listens there, as far as that is known a moment after the last datagram. */
  isUnreachable(): Promise<boolean>;
  close(): void;
}

/** Signs a text; the result is its last line. */
export type SignText = (text: string) => string;

/** One Ethernet frame's payload, less what tunnels need: what the SDK fills too. */
const SAFE_DATAGRAM_BYTES = 1_432;
/** On this machine, a larger datagram costs the receiver the same as a small one; macOS takes no more than 9,216. */
const LOOPBACK_DATAGRAM_BYTES: number = process.platform === 'darwin' ? 9_216 : 16_384;
/** A host's name is asked for again after this, in milliseconds. */
const RESOLVE_AGAIN_MS = 60_000;
/** A socket that another has replaced may still be sending, for so long, in milliseconds. */
const REPLACED_MS = 1_000;
/** On this machine, ICMP's "nobody listens" comes back within this, in milliseconds. */
const QUIET_LOOPBACK_MS = 2;
/** It says nothing of which datagram it means: for so long, all count as lost, in milliseconds. Whoever sends them again does no harm. */
const REFUSED_MS = 1_000;

interface Link {
  readonly socket: Socket;
  readonly isLoopback: boolean;
  readonly openedMs: number;
}

/** Opens nothing before the first datagram. */
export function createUdpSender({ host, port }: UdpDest, clock: Clock): UdpSender {
  const isName = isIP(host) === 0 && host !== 'localhost';
  let link: Link | undefined;
  let linking: Promise<Link> | undefined;
  let refusedMs = Number.NEGATIVE_INFINITY;
  let closed = false;
  const chunks = createChunkSender(sendBytes, clock, randomBytes);

  function toLink(): Promise<Link> {
    const isOld = isName && link !== undefined && clock.monotonic() - link.openedMs > RESOLVE_AGAIN_MS;
    if (link !== undefined && !isOld) return Promise.resolve(link);
    linking ??= open().finally(() => (linking = undefined));
    // While the name server is asked again, and if it does not answer, the old address does.
    const known = link;
    return known === undefined ? linking : (linking.catch(() => undefined), Promise.resolve(known));
  }

  async function open(): Promise<Link> {
    const { address, family } = isName ? await lookup(host) : literal(host);
    if (closed) throw new Error('the relay was closed');
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    const opened: Link = {
      socket,
      isLoopback: family === 6 ? address === '::1' : address.startsWith('127.'),
      openedMs: clock.monotonic(),
    };
    try {
      await connect(socket, port, address);
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') refusedMs = clock.monotonic();
      else if (link === opened) forget();
    });
    socket.unref();
    forget();
    link = opened;
    return opened;
  }

  function forget(): void {
    const gone = link;
    link = undefined;
    if (gone !== undefined) clock.after(REPLACED_MS, () => gone.socket.close());
  }

  async function sendBytes(bytes: Uint8Array): Promise<SendResult> {
    let used: Link | undefined;
    try {
      used = await toLink();
      const { socket } = used;
      await new Promise<void>((resolve, reject) => {
        socket.send(bytes, (error) => (error === null ? resolve() : reject(error)));
      });
      return { status: 'sent' };
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') refusedMs = clock.monotonic();
      else if (used !== undefined && link === used) forget(); // a new socket may do better
      return { status: 'retry', reason: 'send-failed', cause: `udp://${host}:${port}: ${messageOf(error)}` };
    }
  }

  const datagramBytes = ({ isLoopback }: Link): number => (isLoopback ? LOOPBACK_DATAGRAM_BYTES : SAFE_DATAGRAM_BYTES);

  return {
    async datagramBytes() {
      return datagramBytes(await toLink());
    },
    async send(encode) {
      const toBytes = (): Uint8Array => Buffer.from(encode());
      const bytes = toBytes();
      const most = await toLink().then(datagramBytes, () => SAFE_DATAGRAM_BYTES);
      return bytes.length > most ? chunks.send(bytes, toBytes, () => most) : sendBytes(bytes);
    },
    async isUnreachable() {
      if (link?.isLoopback === true) {
        await new Promise<void>((resolve) => clock.after(QUIET_LOOPBACK_MS, resolve));
        // A timer that is late runs before the sockets are looked at: what they have to say is heard first.
        await setImmediate();
      }
      return clock.monotonic() - refusedMs < REFUSED_MS;
    },
    close() {
      closed = true;
      chunks.hurry();
      link?.socket.close();
      link = undefined;
    },
  };
}

/** Node tells of a failure in the callback's argument, which its types leave out, and emits no `error` then. */
function connect(socket: Socket, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.connect(port, address, (error?: Error) => (error === undefined ? resolve() : reject(error)));
  });
}

const literal = (host: string): { readonly address: string; readonly family: number } =>
  host === 'localhost' ? { address: '127.0.0.1', family: 4 } : { address: host, family: isIP(host) };

/** HMAC-SHA-256 under `secret`, as the last line of a signed datagram. */
export const signWith =
  (secret: string): SignText =>
  (text) =>
    `#${createHmac('sha256', secret).update(text).digest('base64url')}\n`;
