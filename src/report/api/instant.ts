import * as z from 'zod/mini';

/** Latest that a JavaScript date can be, in epoch milliseconds. https://tc39.es/ecma262/#sec-time-values-and-time-range */
const MAX_DATE_MS = 8.64e15;
const WANTED = 'must be a time such as 2026-11-22T10:44:00Z, or epoch milliseconds';

/** A point in time of a query string, as ISO 8601 or epoch milliseconds; read as epoch milliseconds. */
export const instant: z.ZodMiniType<number, string> = z.pipe(
  z.string(WANTED).check(z.refine((text) => toMs(text) !== null, WANTED)),
  z.transform((text) => toMs(text) ?? 0),
);

function toMs(text: string): number | null {
  if (/^\d{1,16}$/.test(text)) return Number(text) <= MAX_DATE_MS ? Number(text) : null;
  const ms = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}
