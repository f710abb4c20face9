import { bucketRate } from '../bucket-rate.ts';

/** A window cut into buckets of equal width, and when they were counted. The first and the last may reach beyond it. Epoch milliseconds. */
export interface Buckets {
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
  readonly firstMs: number;
  readonly stepMs: number;
}

/** Messages a second of each bucket; null for the last ones, which have only begun or are not wholly archived. */
export const ratesOf = (
  counts: readonly number[],
  { firstMs, stepMs, ...window }: Buckets,
): readonly (number | null)[] =>
  counts.map((count, index) => bucketRate(count, { startMs: firstMs + index * stepMs, widthMs: stepMs, ...window }));

/** For each series the sum of it and of those before it, as far as there is one: the upper edges of areas that lie on each other. */
export function stacked(series: readonly (readonly (number | null)[])[]): readonly (readonly number[])[] {
  let below: readonly number[] = [];
  return series.map(
    (values) => (below = values.filter((value) => value !== null).map((value, index) => value + (below[index] ?? 0))),
  );
}
