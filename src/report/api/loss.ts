import * as z from 'zod/mini';
import { WINDOW_INPUT } from './time-window.ts';

export const lossInput = /* @__PURE__ */ z.strictObject({ ...WINDOW_INPUT });

const LOSS = {
  missing: z.number(),
  received: z.number(),
  silentSenders: z.number(),
  /** Whether there may be more than `missing`. */
  isLeast: z.boolean(),
} as const;

export const lossAnswer = /* @__PURE__ */ z.strictObject({
  /** In words, e.g. `≥ 0.4 % missing (4 of 1,000), 3 senders ended silently`; null if nothing is known to be lost. */
  text: z.nullable(z.string()),
  ...LOSS,
  /** Those with loss or with silent senders, the most missing first; at most a hundred. */
  loggers: z.readonly(z.array(z.strictObject({ logger: z.string(), ...LOSS }))),
  /** True if hours before the window are in it, as the book has them only all together. */
  hasOlder: z.boolean(),
});
export type LossAnswer = z.output<typeof lossAnswer>;
