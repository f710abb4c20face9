import * as z from 'zod/mini';
import { MAX_NAME_LENGTH, METRIC_KINDS, readKindName } from '../../store/metrics/metric-kind.ts';
import { WINDOW_INPUT } from './time-window.ts';

const WANTED_NAME = 'must be a kind and a name, such as timer:auth';
const kindName = z.string(WANTED_NAME).check(
  z.refine((text) => readKindName(text) !== undefined, WANTED_NAME),
  z.maxLength(MAX_NAME_LENGTH + 'counter:'.length, 'is too long'),
);

export const metricSeriesInput = /* @__PURE__ */ z.strictObject({
  ...WINDOW_INPUT,
  /** `kind:name`, such as `timer:auth`, once for each; at most 12. */
  name: z.union([kindName, z.readonly(z.array(kindName))], WANTED_NAME),
  compare: z.optional(z.enum(['day', 'week'], 'must be day or week')),
});

const numberOrNone = /* @__PURE__ */ z.nullable(z.number());
/** Null where there is none: of its kind, or in this time. Counts and rates are corrected for sampling. */
const NUMBERS = {
  /** What was counted, by a counter; calls, of a timer; messages, of a gauge. */
  count: numberOrNone,
  /** The count per second; null of a bucket of less than a minute that is not over, or not wholly archived yet. */
  rate: numberOrNone,
  /** Of the messages' values; milliseconds, of timers. */
  min: numberOrNone,
  max: numberOrNone,
  average: numberOrNone,
  /** Of gauges. */
  last: numberOrNone,
  /** Of timers, in milliseconds. */
  p50: numberOrNone,
  p95: numberOrNone,
  p99: numberOrNone,
} as const;
const numbers = /* @__PURE__ */ z.readonly(z.strictObject(NUMBERS));
const column = /* @__PURE__ */ z.readonly(z.array(numberOrNone));
const measured = /* @__PURE__ */ z.readonly(
  z.strictObject({
    /** Of the whole window, not averages of buckets. */
    whole: numbers,
    /** One value for each of `times`. */
    buckets: z.readonly(
      z.strictObject({
        count: column,
        rate: column,
        min: column,
        max: column,
        average: column,
        last: column,
        p50: column,
        p95: column,
        p99: column,
      }),
    ),
  }),
);

export const metricSeriesAnswer = /* @__PURE__ */ z.strictObject({
  /** The window that was measured. */
  from: z.string(),
  to: z.string(),
  bucketMs: z.number(),
  /** Starts of the buckets, in epoch milliseconds; the first and the last may reach beyond the window. */
  times: z.readonly(z.array(z.number())),
  /** As asked for, in that order. */
  metrics: z.readonly(
    z.array(
      z.readonly(
        z.strictObject({
          kind: z.enum(METRIC_KINDS),
          name: z.string(),
          now: measured,
          /** The same a day or a week before; null if that was not asked for. */
          before: z.nullable(measured),
        }),
      ),
    ),
  ),
});
export type MetricSeriesAnswer = z.output<typeof metricSeriesAnswer>;
export type MetricNumbers = z.output<typeof numbers>;
