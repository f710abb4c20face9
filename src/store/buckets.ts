const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Widths that begin where a clock's hands do; each divides a day, or is whole days. */
const WIDTHS_MS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  DAY_MS,
];

/** A window cut into buckets. Bucket `i` holds what was received in `starts[i]` < t ≤ `starts[i] + widthMs`, as windows do. */
export interface Buckets {
  readonly widthMs: number;
  /** Epoch milliseconds, multiples of the width; the first may lie before the window. */
  readonly starts: readonly number[];
}

/** The narrowest buckets of which there are about `maxCount` at most. */
export function bucketsOf(fromMs: number, toMs: number, maxCount: number): Buckets {
  const leastMs = (toMs - fromMs) / maxCount;
  const widthMs = WIDTHS_MS.find((width) => width >= leastMs) ?? Math.ceil(leastMs / DAY_MS) * DAY_MS;
  const first = Math.floor(fromMs / widthMs);
  const last = Math.ceil(toMs / widthMs);
  return { widthMs, starts: Array.from({ length: last - first }, (_, index) => (first + index) * widthMs) };
}

/** SQL for the start of a message's bucket, in epoch milliseconds. What was received `shiftMs` earlier falls into the bucket at hand. */
export const bucketSql = (widthMs: number, shiftMs = 0): string =>
  `((epoch_ms(received) + ${shiftMs} - 1) // ${widthMs}) * ${widthMs}`;
