/** A bucket of time, the window that it belongs to, and when it was counted, in epoch milliseconds. */
export interface RatedBucket {
  readonly startMs: number;
  readonly widthMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
}

/** By then what was received is in the archive: the journal's segments are closed each second, and written there one after the other. */
const ARCHIVED_AFTER_MS = 3_000;
/** A rate over less of a second would say more than is known: messages come in datagrams. */
const MIN_RATE_MS = 1_000;
/** Of less, what came after `ARCHIVED_AFTER_MS` and is counted already would make a peak. */
const MIN_OPEN_MS = 10_000;
/** So much of a bucket says how it goes. */
const SAMPLE_MS = 60_000;

/**
 * What a bucket counts per second of the time of it that lies in the window. At least half its width, or a minute of a wide one, is taken for that, so that two
 * messages of its first second are no peak. Null for a bucket that goes on, or of which messages may be missing still, before it has had as much, ten seconds at least: with those
 * every graph of now would end in a fall.
 */
export function bucketRate(count: number, { startMs, widthMs, fromMs, toMs, nowMs }: RatedBucket): number | null {
  const archivedMs = nowMs - ARCHIVED_AFTER_MS;
  const endMs = Math.min(startMs + widthMs, toMs);
  const coveredMs = Math.min(endMs, archivedMs) - Math.max(startMs, fromMs);
  const halfMs = Math.min(widthMs / 2, SAMPLE_MS);
  if (endMs > archivedMs && coveredMs < Math.max(halfMs, MIN_OPEN_MS)) return null;
  return perSecond(count, Math.max(coveredMs, halfMs));
}

/** A count of so many milliseconds, per second. */
export const perSecond = (count: number, lengthMs: number): number => count / (Math.max(MIN_RATE_MS, lengthMs) / 1_000);
