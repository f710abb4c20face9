import { canonicalLine, type LineContext } from './canonical-line.ts';
import { parseHeader, WIRE_VERSION, type Header } from './header.ts';
import { recallHeader, rememberHeader } from './known-headers.ts';
import { isRecord, parseJson } from './json.ts';
import { decodeLegacy } from './legacy.ts';
import type { Refusal, RefusalReason } from './refusal.ts';
import type { Message } from './schema.ts';
import { timestampMs } from './timestamp.ts';

/** Messages that share a header. A line is canonical text without its newline, or why it was refused; either way it counts in `seq`. */
export interface DecodedBatch {
  readonly header: Header;
  readonly lines: readonly (string | Refusal)[];
}

export type Decoded =
  | { readonly ok: true; readonly batches: readonly DecodedBatch[] }
  | { readonly ok: false; readonly reason: RefusalReason };

/** A sender's clock may be this far off before its timestamps are shifted, in milliseconds. */
export const CLOCK_TOLERANCE_MS = 60_000;

/** Most lines of a body, the header's too. A batch of ours has a few hundred; a body of nothing but newlines would cost seconds. */
export const MAX_BODY_LINES = 16_384;

/**
 * Reads a datagram, an HTTP body, or a deployed client's JSON. Takes any text of at most `MAX_BODY_LINES` lines and never throws. Timestamps of a sender whose clock is more
 * than a minute away from `receivedMs` are shifted by that much, and the original is kept in `metadata.original_timestamp`.
 */
export function decode(text: string, receivedMs: number): Decoded {
  if (text.length === 0) return { ok: false, reason: 'empty' };
  if (hasTooManyLines(text)) return { ok: false, reason: 'too-large' };
  const newline = text.indexOf('\n');
  const headerEnd = newline === -1 ? text.length : newline;
  const recalled = recallHeader(text, headerEnd);
  if (recalled) return decodeBody(text, headerEnd, recalled, receivedMs);
  const first = parseJson(text.slice(0, headerEnd));
  if (!isRecord(first) || !('metlog' in first)) return decodeHeaderless(text, first, receivedMs);
  if (first['metlog'] !== WIRE_VERSION) return { ok: false, reason: 'unknown-version' };
  const header = parseHeader(first);
  if (!header) return { ok: false, reason: 'bad-header' };
  rememberHeader(text, headerEnd, header);
  return decodeBody(text, headerEnd, header, receivedMs);
}

function decodeBody(text: string, headerEnd: number, header: Header, receivedMs: number): Decoded {
  const lines = decodeLines(text, headerEnd + 1, { header, receivedMs, shiftMs: clockShiftMs(header, receivedMs) });
  return lines.length === 0 ? { ok: false, reason: 'no-messages' } : { ok: true, batches: [{ header, lines }] };
}

function decodeHeaderless(text: string, first: unknown, receivedMs: number): Decoded {
  const batches = decodeLegacy(text, receivedMs);
  // An array has its messages on one line.
  if (batches) return batches.length > MAX_BODY_LINES ? { ok: false, reason: 'too-large' } : { ok: true, batches };
  return { ok: false, reason: first === undefined && parseJson(text) === undefined ? 'not-json' : 'no-header' };
}

function hasTooManyLines(text: string): boolean {
  if (text.length <= MAX_BODY_LINES) return false;
  let count = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    // The newline that ends the last line begins no other.
    if (at < text.length - 1 && ++count > MAX_BODY_LINES) return true;
  }
  return false;
}

function decodeLines(text: string, from: number, context: LineContext): (string | Refusal)[] {
  const lines: (string | Refusal)[] = [];
  for (let start = from; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    lines.push(canonicalLine(text.slice(start, end), context));
    start = end + 1;
  }
  return lines;
}

/** The message in a canonical line. Trusts both: they came out of `decode`, or out of the journal. */
export function readLine(line: string, header: Pick<Header, 'logger'>): Message {
  const fields = JSON.parse(line) as Omit<Message, 'logger'> & { readonly logger?: string };
  const { type, timestamp, logger = header.logger, severity, payload, metadata } = fields;
  return { type, timestamp, logger, severity, payload, metadata };
}

function clockShiftMs(header: Header, receivedMs: number): number {
  if (header.sent === undefined) return 0;
  const offMs = receivedMs - timestampMs(header.sent);
  return Math.abs(offMs) > CLOCK_TOLERANCE_MS ? offMs : 0;
}
