/** A window cut into buckets of equal width. The first and the last may reach beyond it. Epoch milliseconds. */
export interface Buckets {
  readonly fromMs: number;
  readonly toMs: number;
  readonly firstMs: number;
  readonly stepMs: number;
}

/**
 * Messages a second of each bucket: its count by the time of it that lies in the window, as the last one is not over yet. At least half a bucket's width is
 * taken for it, so that two messages of its first second are no peak.
 */
export const ratesOf = (counts: readonly number[], { fromMs, toMs, firstMs, stepMs }: Buckets): readonly number[] =>
  counts.map((count, index) => {
    const startMs = firstMs + index * stepMs;
    const coveredMs = Math.min(startMs + stepMs, toMs) - Math.max(startMs, fromMs);
    return count / (Math.max(coveredMs, stepMs / 2) / 1_000);
  });

/** For each series the sum of it and of those before it: the upper edges of areas that lie on each other. */
export function stacked(series: readonly (readonly number[])[]): readonly (readonly number[])[] {
  let below: readonly number[] = [];
  return series.map((values) => (below = values.map((value, index) => value + (below[index] ?? 0))));
}
