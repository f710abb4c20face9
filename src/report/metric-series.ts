import type { Buckets } from '../store/buckets.ts';
import type { MeasuredMetric, Measure } from '../store/measure-metrics.ts';
import type { MetricKind } from '../store/metric-kind.ts';
import type { TimeWindow } from '../store/window.ts';
import type { MetricNumbers, MetricSeriesAnswer } from './api/metric-series.ts';

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
/** A rate over less of a second would say more than is known: messages come in datagrams. */
const MIN_RATE_SECONDS = 1;

/** A metric's numbers as columns, one value a bucket: where nothing came, a count is nought, and there are no values. */
export function seriesOf({ kind, whole, byBucket }: MeasuredMetric, window: TimeWindow, buckets: Buckets): Measured {
  const rows = buckets.starts.map((start) => {
    // The first and the last bucket reach beyond the window.
    const fromMs = Math.max(start, window.fromMs);
    const toMs = Math.min(start + buckets.widthMs, window.toMs);
    return numbersOf(kind, byBucket.get(start), toMs - fromMs);
  });
  const column = (name: keyof MetricNumbers): readonly (number | null)[] => rows.map((row) => row[name]);
  return {
    whole: numbersOf(kind, whole, window.toMs - window.fromMs),
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

function numbersOf(kind: MetricKind, measure: Measure | undefined, lengthMs: number): MetricNumbers {
  const count = measure?.count ?? 0;
  const counted = { ...NONE, count, rate: count / Math.max(MIN_RATE_SECONDS, lengthMs / 1_000) };
  if (measure === undefined || kind === 'counter') return counted;
  const { min, max, average, last, percentiles } = measure;
  return kind === 'gauge' ? { ...counted, min, max, average, last } : { ...counted, min, max, ...percentiles };
}
