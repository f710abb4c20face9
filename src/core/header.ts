import { isRecord } from './json.ts';
import { isName } from './name.ts';
import { isKeyId } from './signing-key.ts';
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
  /** Id of the key that signed. From outside no more than a claim; in the journal it was verified. */
  readonly key?: string;
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
/** Leaves room for the lines of a datagram: past 2^53 a number plus one is itself, and counting would never end. */
const MAX_SEQ = 2 ** 52;

/** Reads a parsed header line; null when something in it has the wrong shape. Keys that this version does not know are left out. */
export function parseHeader(value: unknown): Header | null {
  if (!isRecord(value) || value['metlog'] !== WIRE_VERSION) return null;
  const { logger, hostname, pid, key, sender, seq, sent } = value;
  if (!isName(logger)) return null;
  if (hostname !== undefined && !isHostname(hostname)) return null;
  if (pid !== undefined && !isCount(pid)) return null;
  if (sent !== undefined && !isTimestamp(sent)) return null;
  const header: Writable<Header> = { metlog: WIRE_VERSION, logger: wellFormed(logger) };
  if (hostname !== undefined) header.hostname = wellFormed(hostname);
  if (pid !== undefined) header.pid = pid;
  if (isKeyId(key)) header.key = key;
  if (sender !== undefined || seq !== undefined) {
    if (typeof sender !== 'string' || !SENDER.test(sender) || !isCount(seq) || seq > MAX_SEQ) return null;
    header.sender = sender;
    header.seq = seq;
  }
  if (sent !== undefined) header.sent = sent;
  return header;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export function isHostname(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_HOSTNAME_LENGTH;
}

/** A whole number from 0 that a double holds exactly: a process id, or a place in a sender's count. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
