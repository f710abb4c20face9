/** 0001-01-01T00:00:00.000Z: with the next, the years that ISO 8601 writes with four digits and every reader of the archive can hold. */
const MIN_EPOCH_MS = -62_135_596_800_000;
/** 9999-12-31T23:59:59.999Z */
const MAX_EPOCH_MS = 253_402_300_799_999;

const CANONICAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const LENIENT = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?:(:\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?$/;

/** Whether `epochMs` can be written as a timestamp: a number of the years 1 to 9999. */
export function isEpochMs(epochMs: number): boolean {
  return epochMs >= MIN_EPOCH_MS && epochMs <= MAX_EPOCH_MS;
}

// A batch's messages share their second, so the date's text is made, and checked, once for many.
let writtenSecond = Number.NaN;
let writtenPrefix = '';
let readPrefix: string | undefined;
let readPrefixMs = Number.NaN;

/** Writes `epochMs` (of the years 1 to 9999) as `YYYY-MM-DDTHH:MM:SS.mmmZ`; a fraction of a millisecond is cut off. */
export function formatTimestamp(epochMs: number): string {
  const whole = Math.floor(epochMs);
  const second = Math.floor(whole / 1000);
  if (second !== writtenSecond) {
    writtenPrefix = new Date(second * 1000).toISOString().slice(0, 20);
    writtenSecond = second;
  }
  const ms = whole - second * 1000;
  return `${writtenPrefix}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${String(ms)}Z`;
}

/** Whether `text` is a timestamp in the one form that the wire and the journal carry: `YYYY-MM-DDTHH:MM:SS.mmmZ`, a day that exists. */
export function isTimestamp(text: unknown): text is string {
  return typeof text === 'string' && CANONICAL.test(text) && isWholeSecond(text.slice(0, 20));
}

/** Whether `prefix` is a timestamp up to its milliseconds: `YYYY-MM-DDTHH:MM:SS.` */
export function isWholeSecond(prefix: string): boolean {
  if (prefix === readPrefix) return true;
  const text = `${prefix}000Z`;
  if (!CANONICAL.test(text)) return false;
  const epochMs = Date.parse(text);
  // A date such as 30 February parses, and comes back as another one; and the year 0 is out of range.
  if (!isEpochMs(epochMs) || new Date(epochMs).toISOString() !== text) return false;
  readPrefix = prefix;
  readPrefixMs = epochMs;
  return true;
}

/** Epoch milliseconds of a timestamp in the canonical form. */
export function timestampMs(timestamp: string): number {
  if (!isWholeSecond(timestamp.slice(0, 20))) return Date.parse(timestamp);
  return readPrefixMs + Number(timestamp.slice(20, 23));
}

/** Reads what clients write: ISO 8601 with or without seconds, fraction (to nanoseconds, cut to milliseconds) and zone (none means UTC), or epoch milliseconds. Null when it is none of these. */
export function parseTimestamp(value: unknown): number | null {
  if (typeof value === 'number') return isEpochMs(value) ? value : null;
  if (typeof value !== 'string') return null;
  const parts = LENIENT.exec(value);
  if (!parts) return null;
  const [, date = '', minute = '', second = ':00', fraction = '0', zone = 'Z'] = parts;
  const epochMs = Date.parse(`${date}T${minute}${second}.${fraction.padEnd(3, '0').slice(0, 3)}${zone}`);
  return isEpochMs(epochMs) && isTimestamp(`${date}T00:00:00.000Z`) ? epochMs : null;
}
