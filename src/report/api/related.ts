import * as z from 'zod/mini';
import { RELATING_KEYS } from '../../store/messages/relating-keys.ts';
import { instant } from './instant.ts';

export const relatedInput = /* @__PURE__ */ z.strictObject({
  key: z.enum(RELATING_KEYS, 'must be request_id or trace_id'),
  value: z.string().check(z.minLength(1, 'must not be empty'), z.maxLength(200, 'is too long')),
  /** The time around which they are looked for. */
  at: instant,
});

export const relatedAnswer = /* @__PURE__ */ z.strictObject({
  /** In the order that they were sent in. */
  messages: z.readonly(
    z.array(
      z.readonly(
        z.strictObject({
          timestamp: z.string(),
          received: z.string(),
          sender: z.string(),
          seq: z.number(),
          type: z.string(),
          logger: z.string(),
          severity: z.nullable(z.number()),
          name: z.nullable(z.string()),
          text: z.string(),
        }),
      ),
    ),
  ),
  /** Whether there are more than these. */
  isCut: z.boolean(),
});
export type RelatedAnswer = z.output<typeof relatedAnswer>;
