// @vitest-environment happy-dom
import { expect, it } from 'vitest';
import type { MetricSeriesAnswer } from '../../../../src/report/api/metric-series.ts';
import { metricGraphs } from '../../../../src/report/ui/pages/metric-graphs.ts';

type Metric = MetricSeriesAnswer['metrics'][number];

const NONE = { count: null, rate: null, min: null, max: null, average: null, last: null, p50: null, p95: null, p99: null }; // prettier-ignore
const COLUMNS = { count: [], rate: [1], min: [], max: [], average: [2], last: [], p50: [3], p95: [4], p99: [5] };
const measured = { whole: NONE, buckets: COLUMNS };
const metric = (kind: Metric['kind'], name: string, before: Metric['before'] = null): Metric => ({
  kind,
  name,
  now: measured,
  before,
});
const linesOf = (metrics: readonly Metric[]): readonly (readonly string[])[] =>
  metricGraphs(metrics, 'p95', 'the day before').map(({ series }) => series.map(({ name }) => name));

it('draws one graph for each unit, with the calls of timers among the rates', () => {
  expect(linesOf([metric('timer', 'auth'), metric('counter', 'hits'), metric('gauge', 'depth')])).toEqual([
    ['auth calls', 'hits'],
    ['auth p50', 'auth p95', 'auth p99'],
    ['depth'],
  ]);
});

it('shows one percentile of several timers, and what they are compared with', () => {
  expect(linesOf([metric('timer', 'a'), metric('timer', 'b', measured)])[1]).toEqual([
    'a p95',
    'b p95',
    'b p95, the day before',
  ]);
});
