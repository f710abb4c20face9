import { isCopyable } from './copyable-line.ts';
import { encodeMessage } from './encode.ts';
import type { Header } from './header.ts';
import { isRecord, isWithinDepth, parseJson, setOwn, type JsonObject, type JsonValue } from './json.ts';
import { isName } from './name.ts';
import { refusal, type Refusal } from './refusal.ts';
import { DEFAULT_SEVERITY, isSeverity } from './severity.ts';
import { formatTimestamp, isEpochMs, isTimestamp, parseTimestamp } from './timestamp.ts';
import { wellFormed } from './well-formed.ts';

/** Deepest nesting of metadata that is taken: readers of the archive fail on JSON that still parses here. */
export const MAX_METADATA_DEPTH = 32;

/** What a line needs to know of the datagram around it. */
export interface LineContext {
  readonly header: Header;
  readonly receivedMs: number;
  /** Added to the timestamp, in milliseconds. */
  readonly shiftMs: number;
}

const FIELDS: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'type',
  'timestamp',
  'logger',
  'severity',
  'payload',
  'metadata',
]);

/** The canonical form of a message line from outside, or why it was refused. Never throws. */
export function canonicalLine(text: string, context: LineContext): string | Refusal {
  if (context.shiftMs === 0 && isCopyable(text, context.header.logger)) return text;
  const value = parseJson(text);
  if (value === undefined) return refusal('not-json');
  if (!isRecord(value)) return refusal('not-an-object');
  if ('metlog' in value) return refusal('header-in-body');
  if (typeof value['refused'] === 'string' && !('type' in value)) return refusal('refused-by-relay');
  return canonicalMessage(value, context);
}

/**
 * The canonical line of a parsed message, or why it was refused. Unknown keys go to its `metadata`, which is changed for that; what is
 * missing, but for `type`, gets its default.
 */
export function canonicalMessage(value: Readonly<Record<string, unknown>>, context: LineContext): string | Refusal {
  const { type, timestamp, logger = context.header.logger, severity = DEFAULT_SEVERITY } = value;
  if (!isName(type)) return refusal('bad-type');
  if (!isName(logger)) return refusal('bad-logger');
  if (!isSeverity(severity)) return refusal('bad-severity');
  const payload = payloadText(value['payload']);
  if (payload === null) return refusal('bad-payload');
  const time = shiftedTime(timestamp, context);
  if (time === null) return refusal('bad-timestamp');
  const metadata = gatherMetadata(value);
  if (metadata === null) return refusal('bad-metadata');
  if (!isWithinDepth(metadata, MAX_METADATA_DEPTH)) return refusal('too-deep');
  // What already stands there came from further out, and so is nearer to the truth.
  if (time.original !== undefined && !Object.hasOwn(metadata, 'original_timestamp')) {
    metadata['original_timestamp'] = time.original;
  }
  const fields = { type, timestamp: time.written, logger: wellFormed(logger), severity, payload, metadata };
  return mended(encodeMessage(fields, context.header.logger));
}

/** A stated time as it is written down, and as it was where the sender's clock is off; null when it is none. */
function shiftedTime(
  stated: unknown,
  { receivedMs, shiftMs }: LineContext,
): { readonly written: string; readonly original?: string } | null {
  if (stated === undefined) return { written: formatTimestamp(receivedMs) };
  if (shiftMs === 0 && isTimestamp(stated)) return { written: stated };
  const statedMs = parseTimestamp(stated);
  if (statedMs === null || !isEpochMs(statedMs + shiftMs)) return null;
  const written = formatTimestamp(statedMs + shiftMs);
  return shiftMs === 0 ? { written } : { written, original: formatTimestamp(statedMs) };
}

function payloadText(payload: unknown): string | null {
  if (typeof payload === 'string') return payload;
  if (payload === undefined || payload === null) return '';
  if (typeof payload === 'number') return Number.isFinite(payload) ? String(payload) : null;
  return typeof payload === 'boolean' ? String(payload) : null;
}

function gatherMetadata(value: Readonly<Record<string, unknown>>): Record<string, JsonValue> | null {
  const given = value['metadata'] ?? {};
  if (!isRecord(given)) return null;
  // JSON.parse made both, so their values are JSON.
  const metadata = given as Record<string, JsonValue>;
  for (const key of Object.keys(value)) {
    if (!FIELDS.has(key)) setOwn(metadata, freeKey(metadata, key), value[key] as JsonValue);
  }
  return metadata;
}

function freeKey(metadata: JsonObject, key: string): string {
  let free = key;
  while (Object.hasOwn(metadata, free)) free = `user_${free}`;
  return free;
}

/** `JSON.stringify` writes half of a surrogate pair as an escape, behind an even number of backslashes; such text has no UTF-8 form. */
const ESCAPED_SURROGATE = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/** The line with every half of a surrogate pair replaced: it has no UTF-8 form. */
export function mended(line: string): string {
  if (!line.includes('\\ud')) return line;
  const replaced = line.replace(ESCAPED_SURROGATE, '$1\ufffd');
  // Two keys may have become one.
  return replaced === line ? line : JSON.stringify(JSON.parse(replaced));
}
