import type { MetricSeriesAnswer } from '../../api/metric-series.ts';
import { duration, level, rate } from '../format.ts';
import type { ChartSeries } from '../parts/chart-options.ts';

export const PERCENTILES = ['p50', 'p95', 'p99'] as const;
export type Percentile = (typeof PERCENTILES)[number];

/** A graph for each unit that there is something of. */
export interface MetricGraph {
  readonly title: string;
  readonly format: (value: number) => string;
  readonly series: readonly ChartSeries[];
}

type Metric = MetricSeriesAnswer['metrics'][number];
type Column = keyof Metric['now']['buckets'];

/**
 * What of some metrics goes onto which graph. `beforeWords`: what dashed lines are called. Of a lone timer all percentiles are shown, of several only
 * `percentile`: three lines of each could not be told apart.
 */
export function metricGraphs(
  metrics: readonly Metric[],
  percentile: Percentile,
  beforeWords: string,
): readonly MetricGraph[] {
  const timers = metrics.filter(({ kind }) => kind === 'timer');
  const percentiles = timers.length === 1 ? PERCENTILES : [percentile];
  const linesOf = (metric: Metric, column: Column, words: string, colour: number): readonly ChartSeries[] => [
    { name: words, values: metric.now.buckets[column], colour },
    ...(metric.before === null
      ? []
      : [{ name: `${words}, ${beforeWords}`, values: metric.before.buckets[column], colour, isDashed: true }]),
  ];
  const rates = metrics.flatMap((metric, place) =>
    metric.kind === 'gauge'
      ? []
      : linesOf(metric, 'rate', metric.kind === 'timer' ? `${metric.name} calls` : metric.name, place),
  );
  const durations = metrics.flatMap((metric, place) =>
    metric.kind === 'timer'
      ? percentiles.flatMap((one, index) => linesOf(metric, one, `${metric.name} ${one}`, place + index))
      : [],
  );
  const values = metrics.flatMap((metric, place) =>
    metric.kind === 'gauge' ? linesOf(metric, 'average', metric.name, place) : [],
  );
  return [
    { title: 'Per second', format: rate, series: rates },
    { title: 'Duration', format: duration, series: durations },
    { title: 'Gauges, average', format: level, series: values },
  ].filter(({ series }) => series.length > 0);
}
