import { bucketsOf } from '../../store/buckets.ts';
import { measureMetrics } from '../../store/metrics/measure-metrics.ts';
import { readKindName, type MetricName } from '../../store/metrics/metric-kind.ts';
import { apiRoute } from '../api-route.ts';
import { COMPARISONS, MAX_SERIES } from '../api/metric-limits.ts';
import { metricSeriesAnswer, metricSeriesInput } from '../api/metric-series.ts';
import { toWindow, windowProblem } from '../api/time-window.ts';
import { seriesOf } from '../metric-series.ts';

/** As many as there are pixels for on a phone. */
const MAX_BUCKETS = 200;

export const metricSeriesRoute = apiRoute({
  path: '/api/metrics/series',
  about: 'Counts, rates, percentiles and values of some metrics in each bucket of a window, and in the whole of it.',
  input: metricSeriesInput,
  output: metricSeriesAnswer,
  problem: (input) =>
    windowProblem(input) ??
    (namesOf(input.name).length > MAX_SERIES ? `name must not stand more than ${MAX_SERIES} times` : undefined),
  async answer(input, { store, clock }) {
    const nowMs = clock.now();
    const names = namesOf(input.name);
    const window = toWindow(input);
    const buckets = bucketsOf(window.fromMs, window.toMs, MAX_BUCKETS);
    const shiftMs = input.compare === undefined ? undefined : COMPARISONS[input.compare];
    const [now, before] = await Promise.all([
      measureMetrics(store, names, window, buckets),
      shiftMs === undefined
        ? undefined
        : measureMetrics(
            store,
            names,
            { ...window, fromMs: window.fromMs - shiftMs, toMs: window.toMs - shiftMs },
            buckets,
            shiftMs,
          ),
    ]);
    return {
      from: new Date(window.fromMs).toISOString(),
      to: new Date(window.toMs).toISOString(),
      bucketMs: buckets.widthMs,
      times: buckets.starts,
      metrics: now.map((metric, index) => {
        const earlier = before?.[index];
        return {
          kind: metric.kind,
          name: metric.name,
          now: seriesOf(metric, window, buckets, nowMs),
          before:
            earlier === undefined || shiftMs === undefined ? null : seriesOf(earlier, window, buckets, nowMs + shiftMs),
        };
      }),
    };
  },
});

/** Each once, in the order asked for. */
function namesOf(asked: string | readonly string[]): readonly MetricName[] {
  const texts = new Set(typeof asked === 'string' ? [asked] : asked);
  return [...texts].flatMap((text) => readKindName(text) ?? []);
}
