import * as z from 'zod/mini';

export const attentionInput = /* @__PURE__ */ z.strictObject({
  logger: z.optional(z.string().check(z.maxLength(1_000))),
});

/** One thing that needs attention. `text` says it in a line; it may quote messages, which are never trusted. */
export const attentionItem = /* @__PURE__ */ z.discriminatedUnion('rule', [
  /** A group of exceptions that is new in the last hour. */
  z.strictObject({
    rule: z.literal('new-exception'),
    text: z.string(),
    fingerprint: z.string(),
    logger: z.string(),
    count: z.number(),
    firstReceived: z.string(),
  }),
  /** More errors in the last hour than three times those of the same hour yesterday; of one logger, or (null) of all together. */
  z.strictObject({
    rule: z.literal('more-errors'),
    text: z.string(),
    logger: z.nullable(z.string()),
    count: z.number(),
    countDayAgo: z.number(),
    /** The hour that was counted, in ISO 8601. */
    from: z.string(),
    to: z.string(),
  }),
  /** A logger that said nothing in the last hour, and spoke in the same hour yesterday. */
  z.strictObject({
    rule: z.literal('silent-logger'),
    text: z.string(),
    logger: z.string(),
    countDayAgo: z.number(),
    /** When it was last heard of, in ISO 8601. */
    lastReceived: z.string(),
  }),
  /** A sink whose oldest waiting message is older than a minute. */
  z.strictObject({
    rule: z.literal('sink-lag'),
    text: z.string(),
    sink: z.string(),
    lagMs: z.number(),
    waiting: z.number(),
  }),
  /** Files of the archive that do not come into their store. */
  z.strictObject({
    rule: z.literal('archive-copy'),
    text: z.string(),
    /** Where the store is. */
    url: z.string(),
    waitingFiles: z.number(),
    waitingMessages: z.number(),
  }),
  /** A logger of whose messages in the last 24 hours more than a thousandth did not come. */
  z.strictObject({
    rule: z.literal('loss'),
    text: z.string(),
    logger: z.string(),
    missing: z.number(),
    received: z.number(),
    silentSenders: z.number(),
  }),
]);
export type AttentionItem = z.output<typeof attentionItem>;

export const attentionAnswer = /* @__PURE__ */ z.strictObject({
  /** When this was found, in ISO 8601. */
  at: z.string(),
  /** What needs attention first comes first; of each rule at most ten. */
  items: z.readonly(z.array(attentionItem)),
  /** How many more there are. */
  leftOut: z.number(),
});
export type AttentionAnswer = z.output<typeof attentionAnswer>;
