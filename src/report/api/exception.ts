import * as z from 'zod/mini';
import { exceptionGroup } from './exceptions.ts';
import { instant } from './instant.ts';
import { WINDOW_INPUT } from './time-window.ts';

export const exceptionInput = /* @__PURE__ */ z.strictObject({
  ...WINDOW_INPUT,
  fingerprint: z.string().check(z.maxLength(100, 'must be the name of a group')),
  /** With `seq`, which of the group's exceptions. @default the newest */
  sender: z.optional(z.string().check(z.maxLength(200))),
  seq: z.optional(z.string().check(z.regex(/^\d{1,18}$/, 'must be a whole number'))),
  /** When it was received: it is found sooner. */
  at: z.optional(instant),
});

const shownValue = /* @__PURE__ */ z.strictObject({ name: z.string(), text: z.string(), isRedacted: z.boolean() });
export type ShownEntry = z.output<typeof shownValue>;
const shownValues = /* @__PURE__ */ z.readonly(z.array(z.readonly(shownValue)));
const texts = /* @__PURE__ */ z.readonly(z.array(z.string()));

const shownFrame = /* @__PURE__ */ z.strictObject({
  function: z.nullable(z.string()),
  filename: z.nullable(z.string()),
  lineno: z.nullable(z.number()),
  colno: z.nullable(z.number()),
  inApp: z.boolean(),
  isAsync: z.boolean(),
  /** The source around the line; null where it is not known. */
  source: z.nullable(z.strictObject({ firstLine: z.number(), before: texts, line: z.string(), after: texts })),
  vars: shownValues,
});
export type ShownFrame = z.output<typeof shownFrame>;

const shownError = /* @__PURE__ */ z.strictObject({
  /** What it is to the error `depth - 1` above it. */
  relation: z.enum(['thrown', 'cause', 'member']),
  depth: z.number(),
  type: z.string(),
  value: z.string(),
  /** Innermost first. */
  frames: z.readonly(z.array(z.readonly(shownFrame))),
  /** Frames that were sent beside these. */
  moreFrames: z.number(),
});
export type ShownError = z.output<typeof shownError>;

const shownCrumb = /* @__PURE__ */ z.strictObject({
  timestamp: z.nullable(z.string()),
  type: z.string(),
  severity: z.nullable(z.number()),
  text: z.string(),
});
export type ShownCrumb = z.output<typeof shownCrumb>;

const messageId = { sender: z.string(), seq: z.number(), received: z.string() } as const;

const occurrence = /* @__PURE__ */ z.strictObject({
  ...messageId,
  logger: z.string(),
  value: z.string(),
  release: z.nullable(z.string()),
  hostname: z.nullable(z.string()),
  requestId: z.nullable(z.string()),
});
export type ShownOccurrence = z.output<typeof occurrence>;

const whole = /* @__PURE__ */ z.strictObject({
  ...messageId,
  timestamp: z.string(),
  logger: z.string(),
  severity: z.nullable(z.number()),
  hostname: z.nullable(z.string()),
  pid: z.nullable(z.number()),
  release: z.nullable(z.string()),
  environment: z.nullable(z.string()),
  requestId: z.nullable(z.string()),
  traceId: z.nullable(z.string()),
  mechanism: z.nullable(z.string()),
  handled: z.nullable(z.boolean()),
  /** What was thrown first, each followed by its causes and members. */
  errors: z.readonly(z.array(z.readonly(shownError))),
  breadcrumbs: z.readonly(z.array(z.readonly(shownCrumb))),
  /** All that has no place of its own. */
  metadata: shownValues,
  moreMetadata: z.number(),
  /** The traceback as text. */
  payload: z.string(),
  isPayloadCut: z.boolean(),
});
export type ShownException = z.output<typeof whole>;

export const exceptionAnswer = /* @__PURE__ */ z.strictObject({
  /** Null if the window has none of it. */
  group: z.nullable(exceptionGroup),
  /** The latest of the window, at most fifty. */
  occurrences: z.readonly(z.array(z.readonly(occurrence))),
  exception: whole,
  newer: z.nullable(z.strictObject(messageId)),
  older: z.nullable(z.strictObject(messageId)),
});
export type ExceptionAnswer = z.output<typeof exceptionAnswer>;
