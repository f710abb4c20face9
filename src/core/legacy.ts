import { canonicalMessage, MAX_METADATA_DEPTH } from './canonical-line.ts';
import { isCount, isHostname, WIRE_VERSION, type Header } from './header.ts';
import { isRecord, isWithinDepth, parseJson } from './json.ts';
import { isName } from './name.ts';
import { refusal, type Refusal } from './refusal.ts';
import { wellFormed } from './well-formed.ts';

/** One message below a header of its own, since each names its own logger and host. */
interface LegacyBatch {
  readonly header: Header;
  readonly lines: readonly [string | Refusal];
}

/** What a client sends that was never given a logger, and stands in for one where nothing names it. */
const UNNAMED: Header = { metlog: WIRE_VERSION, logger: 'unknown' };

/**
 * Reads what the Metlog clients deployed since 2011 send: a JSON object a message, with `env_version: "0.8"`, `fields` for our `metadata`,
 * `metlog_pid`, `metlog_hostname`, and a timestamp in microseconds, whose zone the first releases left out and which means UTC. Taken are one
 * of them, indented or not, an array of them, and one a line. Null when nothing in `text` is one.
 */
export function decodeLegacy(text: string, receivedMs: number): readonly LegacyBatch[] | null {
  if (!text.includes('"env_version"')) return null;
  const values = readValues(text);
  return values.some(isLegacy) ? values.map((value) => decodeOne(value, receivedMs)) : null;
}

function readValues(text: string): readonly unknown[] {
  const whole = parsePythonJson(text);
  if (whole !== undefined) return Array.isArray(whole) ? whole : [whole];
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.flatMap((line) => parsePythonJson(line));
}

/** A string, or what Python's json module writes for a float that JSON has no number for. An unclosed string ends with the text. */
const STRING_OR_NOT_A_NUMBER = /"[^"\\]*(?:\\[^][^"\\]*)*(?:"|$)|-?\bInfinity\b|\bNaN\b/g;

function parsePythonJson(text: string): unknown {
  const value = parseJson(text);
  if (value !== undefined || !/NaN|Infinity/.test(text)) return value;
  return parseJson(text.replace(STRING_OR_NOT_A_NUMBER, (token) => (token.startsWith('"') ? token : 'null')));
}

function isLegacy(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && typeof value['env_version'] === 'string';
}

function decodeOne(value: unknown, receivedMs: number): LegacyBatch {
  if (value === undefined) return { header: UNNAMED, lines: [refusal('not-json')] };
  if (!isRecord(value)) return { header: UNNAMED, lines: [refusal('not-an-object')] };
  if (!isLegacy(value)) return { header: UNNAMED, lines: [refusal('no-header')] };
  const { env_version: _, fields, logger: named, metlog_pid: pid, metlog_hostname: hostname, payload, ...rest } = value;
  const logger = named === undefined || named === null || named === '' ? UNNAMED.logger : named;
  if (!isName(logger)) return { header: UNNAMED, lines: [refusal('bad-logger')] };
  const header: Header = {
    metlog: WIRE_VERSION,
    logger: wellFormed(logger),
    ...(isHostname(hostname) && { hostname: wellFormed(hostname) }),
    ...(isCount(pid) && { pid }),
  };
  if (isObject(payload) && !isWithinDepth(payload, MAX_METADATA_DEPTH)) return { header, lines: [refusal('too-deep')] };
  const message = {
    ...rest,
    // Python's logging takes any object for a message, and the client's handler hands it on.
    payload: isObject(payload) ? JSON.stringify(payload) : payload,
    metadata: fields ?? rest['metadata'],
  };
  return { header, lines: [canonicalMessage(message, { header, receivedMs, shiftMs: 0 })] };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
