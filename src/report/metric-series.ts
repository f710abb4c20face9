import type { Buckets } from '../store/buckets.ts';
import type { MeasuredMetric, Measure } from '../store/metrics/measure-metrics.ts';
import type { MetricKind } from '../store/metrics/metric-kind.ts';
import type { TimeWindow } from '../store/window.ts';
import type { MetricNumbers, MetricSeriesAnswer } from './api/metric-series.ts';
import { bucketRate, perSecond } from './bucket-rate.ts';

type Measured = MetricSeriesAnswer['metrics'][number]['now'];

const NONE: MetricNumbers = {
  count: null,
  rate: null,
  min: null,
  max: null,
  average: null,
  last: null,
  p50: null,
  p95: null,
  p99: null,
};

/**
 * A metric's numbers as columns, one value a bucket: where nothing came, a count is nought, and there are no values. There is no rate of a bucket that has
 * only begun at `nowMs`.
 */
export function seriesOf(
  { kind, whole, byBucket }: MeasuredMetric,
  window: TimeWindow,
  { starts, widthMs }: Buckets,
  nowMs: number,
): Measured {
  const rows = starts.map((startMs) =>
    numbersOf(kind, byBucket.get(startMs), (count) => bucketRate(count, { startMs, widthMs, ...window, nowMs })),
  );
  const column = (name: keyof MetricNumbers): readonly (number | null)[] => rows.map((row) => row[name]);
  return {
    whole: numbersOf(kind, whole, (count) => perSecond(count, window.toMs - window.fromMs)),
    buckets: {
      count: column('count'),
      rate: column('rate'),
      min: column('min'),
      max: column('max'),
      average: column('average'),
      last: column('last'),
      p50: column('p50'),
      p95: column('p95'),
      p99: column('p99'),
    },
  };
}

function numbersOf(
  kind: MetricKind,
  measure: Measure | undefined,
  rateOf: (count: number) => number | null,
): MetricNumbers {
  const count = measure?.count ?? 0;
  const counted = { ...NONE, count, rate: rateOf(count) };
  if (measure === undefined || kind === 'counter') return counted;
  const { min, max, average, last, percentiles } = measure;
  return kind === 'gauge' ? { ...counted, min, max, average, last } : { ...counted, min, max, ...percentiles };
}
