import { MAX_CHUNKED_BYTES } from '../core/chunks.ts';
import type { DecodedBatch } from '../core/decode.ts';
import { encodeHeader } from '../core/encode.ts';
import type { Header } from '../core/header.ts';
import type { Clock } from '../core/platform.ts';
import { SIGNATURE_LINE_BYTES } from '../core/sign.ts';
import { parseSigningKey, type SigningKey } from '../core/signing-key.ts';
import { messageOf } from '../core/text-of.ts';
import { formatTimestamp } from '../core/timestamp.ts';
import type { RefusedLine } from './acceptance.ts';
import { lineBytes, packLines } from './pack.ts';
import { parseUdpDest } from './udp-dest.ts';
import type { SignText, UdpSender } from './udp-sender.ts';

/** Sends batches on by UDP. */
export interface Forwarder {
  /** Sends all of it on. `firstLine`: the number of the first batch's first line. Never rejects. */
  forward(batches: readonly DecodedBatch[], firstLine: number): Promise<Forwarded>;
  close(): Promise<void>;
}

export interface Forwarded {
  /** Whether all left, and somebody listens as far as is known. */
  readonly left: boolean;
  /** Lines that fit into no datagram, nor into chunks. */
  readonly refused: readonly RefusedLine[];
}

export interface ForwarderOptions {
  /** `udp://host:port` */
  readonly dest: string;
  /** `<key id>:<secret>` */
  readonly secret?: string | undefined;
}

interface Outlet {
  readonly sender: UdpSender;
  readonly sign: SignText | undefined;
}

/** Throws a RangeError that names the option for one that is wrong. `warn` is told why something did not leave. */
export function createForwarder(options: ForwarderOptions, clock: Clock, warn: (text: string) => void): Forwarder {
  const dest = parseUdpDest(options.dest);
  const key = options.secret === undefined ? undefined : requireKey(options.secret);
  let opening: Promise<Outlet> | undefined;

  async function open(): Promise<Outlet> {
    const { createUdpSender, signWith } = await import('./udp-sender.ts');
    return { sender: createUdpSender(dest, clock), sign: key && signWith(key.secret) };
  }

  /** A header of its own for each datagram: `seq` counts on, and the relay's clock has shifted the timestamps, so its time is the `sent`. */
  function headerText(header: Header, from: number): string {
    const { metlog, logger, hostname, pid, sender, seq } = header;
    return encodeHeader({
      metlog,
      logger,
      ...(hostname !== undefined && { hostname }),
      ...(pid !== undefined && { pid }),
      ...(key && { key: key.id }),
      ...(sender !== undefined && seq !== undefined && { sender, seq: seq + from }),
      sent: formatTimestamp(clock.now()),
    });
  }

  async function forwardBatch({ header, lines }: DecodedBatch, refused: number[]): Promise<boolean> {
    const { sender, sign } = await (opening ??= open());
    // Its number may have a digit more further down.
    const overheadBytes = lineBytes(headerText(header, lines.length)) + 1 + (sign ? SIGNATURE_LINE_BYTES : 0);
    const texts = lines.map((line, index) => {
      if (typeof line !== 'string') return JSON.stringify(line);
      if (overheadBytes + line.length <= MAX_CHUNKED_BYTES && overheadBytes + lineBytes(line) <= MAX_CHUNKED_BYTES)
        return line;
      refused.push(index);
      return TOO_LARGE;
    });
    // Without numbers there is no place to keep for what is refused.
    const sent = header.sender === undefined ? texts.filter((text) => !REFUSED.test(text)) : texts;
    const roomBytes = (await sender.datagramBytes()) - overheadBytes;
    for (const parcel of packLines(sent, roomBytes)) {
      const encode = (): string => {
        const text = `${headerText(header, parcel.from)}\n${parcel.lines.join('\n')}\n`;
        return sign === undefined ? text : text + sign(text);
      };
      // One after the other: a receiver on this machine can read meanwhile, and its buffer holds them.
      const result = await sender.send(encode);
      if (result.status === 'sent') continue;
      warn(`messages could not be sent on: ${result.cause}`);
      return false;
    }
    return true;
  }

  return {
    async forward(batches, firstLine) {
      const refused: RefusedLine[] = [];
      try {
        for (const [batchNumber, batch] of batches.entries()) {
          const tooLong: number[] = [];
          const left = await forwardBatch(batch, tooLong);
          refused.push(...tooLong.map((index) => ({ line: batchNumber + index + firstLine, error: 'too-large' })));
          if (!left) return { left, refused };
        }
        const { sender } = await (opening ??= open());
        const isUnreachable = await sender.isUnreachable();
        if (isUnreachable) warn(`nobody listens at ${options.dest}; is \`metlog serve\` running?`);
        return { left: !isUnreachable, refused };
      } catch (error) {
        warn(`messages could not be sent on to ${options.dest}: ${messageOf(error)}`);
        return { left: false, refused };
      }
    },
    async close() {
      const outlet = await opening?.catch(() => undefined); // one that never opened has nothing to close
      outlet?.sender.close();
    },
  };
}

function requireKey(secret: string): SigningKey {
  const key = parseSigningKey(secret);
  if (key !== null) return key;
  throw new RangeError('secret must be <key id>:<secret>, the secret of at least 16 characters');
}

const TOO_LARGE = '{"refused":"too-large"}';
/** What stands in the place of a line that is refused; no canonical line begins so. */
const REFUSED = /^\{"refused":/;
