import * as z from 'zod/mini';

/** What `POST /api/replay` takes. */
export const replayInput = /* @__PURE__ */ z.strictObject({ sink: z.string().check(z.minLength(1)) });

/** What it answers. */
export const replayAnswer = /* @__PURE__ */ z.strictObject({
  sink: z.string(),
  status: z.enum(['done', 'under-way']),
  delivered: z.optional(z.number()),
  refused: z.optional(z.number()),
  remaining: z.optional(z.number()),
  trouble: z.optional(z.string()),
});
