import * as z from 'zod/mini';
import { METRIC_KINDS } from '../../store/metrics/metric-kind.ts';
import { WINDOW_INPUT } from './time-window.ts';

export const metricsInput = /* @__PURE__ */ z.strictObject({
  ...WINDOW_INPUT,
  /** Part of a name, in either case. */
  search: z.optional(z.string().check(z.maxLength(1_000))),
});

export const metricsAnswer = /* @__PURE__ */ z.strictObject({
  /** The highest counts first; at most 500. */
  metrics: z.readonly(
    z.array(
      z.readonly(
        z.strictObject({
          kind: z.enum(METRIC_KINDS),
          name: z.string(),
          /** What was counted, by counters; calls, of timers; messages, of gauges. Corrected for sampling. */
          count: z.number(),
          loggerCount: z.number(),
          /** The count in each of `times`. */
          spark: z.readonly(z.array(z.number())),
        }),
      ),
    ),
  ),
  /** Names that were found, those beyond the list among them. */
  totalCount: z.number(),
  bucketMs: z.number(),
  /** Starts of the buckets, in epoch milliseconds. */
  times: z.readonly(z.array(z.number())),
});
export type MetricsAnswer = z.output<typeof metricsAnswer>;
