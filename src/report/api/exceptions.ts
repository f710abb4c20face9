import * as z from 'zod/mini';
import { WINDOW_INPUT } from './time-window.ts';

export const GROUP_ORDERS = ['last', 'count', 'first'] as const;

export const exceptionsInput = /* @__PURE__ */ z.strictObject({
  ...WINDOW_INPUT,
  /** Part of a type or of a traceback, in any case. */
  search: z.optional(z.string().check(z.maxLength(200))),
  sort: z.optional(z.enum(GROUP_ORDERS, 'must be last, count or first')),
});

const names = /* @__PURE__ */ z.readonly(z.array(z.string()));

export const exceptionGroup = /* @__PURE__ */ z.strictObject({
  fingerprint: z.string(),
  errorType: z.nullable(z.string()),
  /** The text of the newest. */
  value: z.string(),
  /** Where the newest was thrown: the innermost call of the application's own. */
  culprit: z.nullable(z.strictObject({ function: z.nullable(z.string()), filename: z.nullable(z.string()) })),
  /** Whether the application caught the newest. */
  handled: z.nullable(z.boolean()),
  count: z.number(),
  /** When the first was received, in all that is kept. */
  firstSeen: z.string(),
  /** When the latest in the window was received. */
  lastSeen: z.string(),
  /** Whether the first is in the window. */
  isNew: z.boolean(),
  loggers: names,
  releases: names,
  series: z.readonly(z.array(z.number())),
});
export type ExceptionGroupAnswer = z.output<typeof exceptionGroup>;

export const exceptionsAnswer = /* @__PURE__ */ z.strictObject({
  groups: z.readonly(z.array(z.readonly(exceptionGroup))),
  /** Groups that are there, also where fewer are listed. */
  groupCount: z.number(),
  /** Exceptions of them all. */
  count: z.number(),
});
export type ExceptionsAnswer = z.output<typeof exceptionsAnswer>;
