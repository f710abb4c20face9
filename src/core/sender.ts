import { encodeHeader } from './encode.ts';
import { WIRE_VERSION } from './header.ts';
import type { Platform } from './platform.ts';
import { SIGNATURE_LINE_BYTES, type Sign } from './sign.ts';
import { formatTimestamp } from './timestamp.ts';
import type { Datagram } from './transport.ts';

/** One client towards one destination, in the path's book: numbers its messages from 0 as they leave. */
export interface Sender {
  /** Bytes that header and signature take in a datagram, their newlines included: the upper bound. */
  readonly overheadBytes: number;
  /** The next datagram. */
  number(lines: readonly string[]): Datagram;
}

/** `,"seq":` with the largest safe integer, `,"sent":` with a timestamp, brace and newline. */
const VARIABLE_HEADER_BYTES = 24 + 34 + 2;

export function createSender(logger: string, platform: Platform, sign?: Sign): Sender {
  const { hostname, pid } = platform.host;
  const fixed = encodeHeader({
    metlog: WIRE_VERSION,
    logger,
    ...(hostname !== undefined && { hostname }),
    ...(pid !== undefined && { pid }),
    ...(sign && { key: sign.keyId }),
  }).slice(0, -1);
  const prefix = `${fixed},"sender":"${platform.randomId()}","seq":`;
  let next = 0;
  return {
    overheadBytes: platform.byteLength(prefix) + VARIABLE_HEADER_BYTES + (sign ? SIGNATURE_LINE_BYTES : 0),
    number(lines) {
      const seq = next;
      next += lines.length;
      return {
        seq,
        count: lines.length,
        encode(sentMs) {
          const text = `${prefix}${String(seq)},"sent":"${formatTimestamp(sentMs)}"}\n${lines.join('\n')}\n`;
          return sign ? text + sign.line(text) : text;
        },
      };
    },
  };
}
