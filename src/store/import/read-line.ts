import { canonicalMessage } from '../../core/canonical-line.ts';
import { parseHeader, WIRE_VERSION, type Header } from '../../core/header.ts';
import { isRecord, parseJson, setOwn } from '../../core/json.ts';
import { decodeLegacy } from '../../core/legacy.ts';
import { refusal, type Refusal } from '../../core/refusal.ts';
import { formatTimestamp, isTimestamp, parseTimestamp } from '../../core/timestamp.ts';

/** A message of a file, in the journal's form. */
export interface ImportedLine {
  /** Of the message alone; with a sender, its `seq` is the message's own number. */
  readonly header: Header;
  /** When a router received it; where that is not told, when it was sent. */
  readonly received: string;
  /** Canonical below the header. */
  readonly line: string;
}

/** What a line has beside a message that a router has received: where that came from, and what a query adds to it, which lies in its metadata too. */
const ADDED: ReadonlySet<string> = new Set([
  'received',
  'via',
  'key',
  'hostname',
  'pid',
  'sender',
  'seq',
  'offset',
  'name',
  'value',
  'rate',
  'fingerprint',
  'error_type',
]);
/** What decoding writes where no time is told. In an import it would be that of the import, and the message would be another one each time. */
const NEVER = '0001-01-01T00:00:00.000Z';
const NEVER_MS = Date.parse(NEVER);

/**
 * Reads a line of NDJSON: a message as the `file` sink writes it, as `metlog query --format ndjson` prints it, as a sender says it, or as the Metlog clients of 2011 and Heka wrote it.
 * It is taken as a router takes it, but for what a file cannot leave out: the time and the logger. Never throws.
 */
export function readImportLine(text: string): ImportedLine | Refusal {
  const legacy = text.includes('"env_version"') ? decodeLegacy(text, NEVER_MS) : null;
  if (legacy !== null) {
    const [batch, ...more] = legacy;
    // An array: the number of a line would not tell its messages apart.
    if (batch === undefined || more.length > 0 || text.trimStart().startsWith('[')) return refusal('not-an-object');
    return imported(batch.header, batch.lines[0], undefined);
  }
  const value = parseJson(text);
  if (value === undefined) return refusal('not-json');
  if (!isRecord(value)) return refusal('not-an-object');
  if ('metlog' in value) return refusal('header-in-body');
  return readMessage(value);
}

function readMessage(value: Record<string, unknown>): ImportedLine | Refusal {
  const { received, logger, hostname, pid, sender, seq } = value;
  const isReceived = received !== undefined && received !== null;
  const header = parseHeader({
    metlog: WIRE_VERSION,
    logger,
    hostname: hostname ?? undefined,
    pid: pid ?? undefined,
    ...(isReceived && { sender: sender ?? undefined, seq: seq ?? undefined }),
  });
  if (header === null) return refusal(typeof logger === 'string' ? 'bad-header' : 'bad-logger');
  const message: Record<string, unknown> = {};
  for (const field of Object.keys(value)) {
    const isOurs = isReceived ? ADDED.has(field) : field === 'hostname' || field === 'pid';
    if (!isOurs) setOwn(message, field, value[field]);
  }
  const line = canonicalMessage(message, { header, receivedMs: NEVER_MS, shiftMs: 0 });
  return imported(header, line, isReceived ? received : undefined);
}

function imported(header: Header, line: string | Refusal, received: unknown): ImportedLine | Refusal {
  if (typeof line !== 'string') return line;
  const sent = timestampIn(line);
  if (sent === NEVER) return refusal('bad-timestamp');
  if (received === undefined) return { header, received: sent, line };
  if (isTimestamp(received)) return { header, received, line };
  const receivedMs = parseTimestamp(received);
  return receivedMs === null ? refusal('bad-timestamp') : { header, received: formatTimestamp(receivedMs), line };
}

/** No text in JSON holds a quote that is not escaped, so that this is found in its place alone. */
const BEFORE_TIMESTAMP = '","timestamp":"';

function timestampIn(line: string): string {
  const start = line.indexOf(BEFORE_TIMESTAMP) + BEFORE_TIMESTAMP.length;
  return line.slice(start, start + NEVER.length);
}
