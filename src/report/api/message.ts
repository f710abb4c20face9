import * as z from 'zod/mini';
import { MESSAGE_HEAD } from './message-head.ts';
import { instant } from './instant.ts';

const SENDER = /^(?:[\w-]{1,64}|~)$/;
const NUMBER = /^(?:\d{1,16}|x[0-9a-f]{32})$/;

export const messageInput = /* @__PURE__ */ z.strictObject({
  sender: z.string().check(z.regex(SENDER, 'must be the id of a sender')),
  seq: z.string().check(z.regex(NUMBER, 'must be a number of that sender')),
  /** When it was received: finds it without searching all. */
  at: z.optional(instant),
});

const neighbour = /* @__PURE__ */ z.nullable(
  z.strictObject({ sender: z.string(), seq: z.number(), received: z.string(), type: z.string() }),
);

export const messageAnswer = /* @__PURE__ */ z.strictObject({
  message: z.strictObject({
    ...MESSAGE_HEAD,
    rate: z.nullable(z.number()),
    fingerprint: z.nullable(z.string()),
    errorType: z.nullable(z.string()),
    /** Name of the group that an exception belongs to, as `/api/exceptions/` has it; null for what is none. */
    group: z.nullable(z.string()),
    /** Whole. */
    payload: z.string(),
    /** Whole: an object. */
    metadata: z.unknown(),
  }),
  /** The sender's message before; null for none within a day. */
  previous: neighbour,
  /** The sender's message after. */
  next: neighbour,
});
export type MessageAnswer = z.output<typeof messageAnswer>;

/** Stands for the sender of a message that has none; no sender is called so. */
export const NO_SENDER = '~';
/** Stands before a digest where other messages have a number. */
export const DIGEST_MARK = 'x';
