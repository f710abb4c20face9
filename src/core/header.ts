import { isRecord } from './json.ts';
import { isName } from './name.ts';
import { isTimestamp } from './timestamp.ts';
import { wellFormed } from './well-formed.ts';

/** The version of the wire format that this code writes and reads. */
export const WIRE_VERSION = 1;

/** A datagram's first line: what its messages share. */
export interface Header {
  readonly metlog: typeof WIRE_VERSION;
  readonly logger: string;
  readonly hostname?: string;
  readonly pid?: number;
  /** Random name of one client instance towards one destination. Absent: outside the path's book, never deduplicated. */
  readonly sender?: string;
  /** Number of the first message in the sender's own count from 0. Present exactly when `sender` is. */
  readonly seq?: number;
  /** The sender's clock at this attempt. */
  readonly sent?: string;
}

const SENDER = /^[A-Za-z0-9_-]{1,64}$/;
/** RFC 1035 allows 253; a container's name may be longer. */
const MAX_HOSTNAME_LENGTH = 256;

/** Reads a parsed header line; null when something in it has the wrong shape. Keys that this version does not know are left out. */
export function parseHeader(value: unknown): Header | null {
  if (!isRecord(value) || value['metlog'] !== WIRE_VERSION) return null;
  const { logger, hostname, pid, sender, seq, sent } = value;
  if (!isName(logger)) return null;
  if (hostname !== undefined && (typeof hostname !== 'string' || hostname.length > MAX_HOSTNAME_LENGTH)) return null;
  if (pid !== undefined && !(typeof pid === 'number' && Number.isSafeInteger(pid) && pid >= 0)) return null;
  if (sent !== undefined && !isTimestamp(sent)) return null;
  const rest = {
    ...(hostname !== undefined && { hostname: wellFormed(hostname) }),
    ...(pid !== undefined && { pid }),
  };
  const time = sent === undefined ? {} : { sent };
  if (sender === undefined && seq === undefined)
    return { metlog: WIRE_VERSION, logger: wellFormed(logger), ...rest, ...time };
  if (typeof sender !== 'string' || !SENDER.test(sender)) return null;
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0) return null;
  return { metlog: WIRE_VERSION, logger: wellFormed(logger), ...rest, sender, seq, ...time };
}
