import * as z from 'zod/mini';

/**
 * What is asked around a time has four digits of a year too: from year 10000 on, ISO 8601 as JavaScript writes it has a `+`, which DuckDB does not read.
 * https://tc39.es/ecma262/#sec-expanded-years
 */
const MIN_MS = Date.UTC(1000, 0, 1);
const MAX_MS = Date.UTC(9999, 11, 30);
const WANTED = 'must be a time such as 2026-11-22T10:44:00Z, or epoch milliseconds';

/** A point in time of a query string, as ISO 8601 or epoch milliseconds; read as epoch milliseconds. */
export const instant: z.ZodMiniType<number, string> = z.pipe(
  z.string(WANTED).check(z.refine((text) => toMs(text) !== null, WANTED)),
  z.transform((text) => toMs(text) ?? 0),
);

function toMs(text: string): number | null {
  const ms = /^\d{1,16}$/.test(text)
    ? Number(text)
    : /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/.test(text)
      ? Date.parse(text)
      : Number.NaN;
  return ms >= MIN_MS && ms <= MAX_MS ? ms : null;
}
