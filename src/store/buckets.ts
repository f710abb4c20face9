import { bucketStep } from './bucket-step.ts';

/** A window cut into buckets. Bucket `i` holds what was received in `starts[i]` < t ≤ `starts[i] + widthMs`, as windows do. */
export interface Buckets {
  readonly widthMs: number;
  /** Epoch milliseconds, multiples of the width; the first may lie before the window. */
  readonly starts: readonly number[];
}

/** The narrowest buckets of which there are about `maxCount` at most. */
export function bucketsOf(fromMs: number, toMs: number, maxCount: number): Buckets {
  const widthMs = bucketStep(toMs - fromMs, maxCount);
  const first = Math.floor(fromMs / widthMs);
  const last = Math.ceil(toMs / widthMs);
  return { widthMs, starts: Array.from({ length: last - first }, (_, index) => (first + index) * widthMs) };
}

/** SQL for the start of a message's bucket, in epoch milliseconds. What was received `shiftMs` earlier falls into the bucket at hand. */
export const bucketSql = (widthMs: number, shiftMs = 0): string =>
  `((epoch_ms(received) + ${shiftMs} - 1) // ${widthMs}) * ${widthMs}`;
