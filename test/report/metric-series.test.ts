import { expect, it } from 'vitest';
import { seriesOf } from '../../src/report/metric-series.ts';
import { ratesOf } from '../../src/report/ui/rates.ts';
import type { Measure } from '../../src/store/metrics/measure-metrics.ts';

const measure = (count: number): Measure => ({
  messages: count,
  count,
  min: 1,
  max: 1,
  average: 1,
  last: 1,
  percentiles: undefined,
});
const counts = [8, 10, 1];
const widthMs = 5_000;
const starts = [0, 5_000, 10_000];
/** The first bucket lies in it by 4 s, the last by 1.2 s. */
const window = { fromMs: 1_000, toMs: 11_200, logger: undefined };
const rates = (nowMs: number): readonly (number | null)[] =>
  seriesOf(
    {
      kind: 'counter',
      name: 'hits',
      whole: measure(19),
      byBucket: new Map(starts.map((start, index) => [start, measure(counts[index]!)])),
    },
    window,
    { widthMs, starts },
    nowMs,
  ).buckets.rate;

it('has no rate of the bucket that goes on', () => {
  expect(rates(window.toMs)).toEqual([2, null, null]); // of the second, some messages may be on their way
  expect(rates(13_000)).toEqual([2, 2, null]);
  expect(rates(60_000)).toEqual([2, 2, 0.4]);
});

it('has the rates that the overview has', () => {
  for (const nowMs of [11_200, 13_000, 60_000]) {
    expect(ratesOf(counts, { ...window, firstMs: 0, stepMs: widthMs, nowMs })).toEqual(rates(nowMs));
  }
});
