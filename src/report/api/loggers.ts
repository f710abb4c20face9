import * as z from 'zod/mini';
import { WINDOW_INPUT } from './time-window.ts';

export const loggersInput = /* @__PURE__ */ z.strictObject({ ...WINDOW_INPUT });

export const loggersAnswer = /* @__PURE__ */ z.strictObject({
  /** The most talkative first. */
  loggers: z.readonly(z.array(z.readonly(z.strictObject({ logger: z.string(), count: z.number() })))),
});
export type LoggersAnswer = z.output<typeof loggersAnswer>;
