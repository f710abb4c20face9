import * as z from 'zod/mini';
import { WINDOW_INPUT } from './time-window.ts';

export const overviewInput = /* @__PURE__ */ z.strictObject({ ...WINDOW_INPUT });

const counts = /* @__PURE__ */ z.readonly(z.array(z.number()));

const grouped = /* @__PURE__ */ z.strictObject({
  /** The largest groups, the largest first; a last one without a name is the rest. `counts` has one number for each bucket. */
  series: z.readonly(z.array(z.strictObject({ name: z.nullable(z.string()), counts }))),
  /** The largest first, at most a hundred. */
  totals: z.readonly(z.array(z.strictObject({ name: z.string(), count: z.number() }))),
  /** How many groups there are. */
  groupCount: z.number(),
});

export const overviewAnswer = /* @__PURE__ */ z.strictObject({
  /** The window, in epoch milliseconds. */
  fromMs: z.number(),
  toMs: z.number(),
  /** When it was counted: what was received in the last seconds before may be missing. */
  nowMs: z.number(),
  /** Start of the first bucket; it may lie before the window. */
  firstMs: z.number(),
  /** Width of a bucket. */
  stepMs: z.number(),
  messageCount: z.number(),
  /** Messages of severity error and worse, for each bucket. */
  errors: counts,
  byType: grouped,
  byLogger: grouped,
  /** 0 (emergency) to 7 (debug). */
  bySeverity: z.readonly(z.array(z.strictObject({ severity: z.nullable(z.number()), count: z.number() }))),
  /** When the newest message was received, whatever the window; null if there is none. */
  newestReceived: z.nullable(z.string()),
  /** The whole archive. */
  archive: z.strictObject({ fileCount: z.number(), bytes: z.number() }),
  /** Where messages are sent to, e.g. `udp://127.0.0.1:5565`. */
  dest: z.string(),
});
export type OverviewAnswer = z.output<typeof overviewAnswer>;
