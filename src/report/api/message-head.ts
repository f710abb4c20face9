import * as z from 'zod/mini';

/** What a list and a single answer have of a message alike. */
export const MESSAGE_HEAD = {
  received: z.string(),
  timestamp: z.nullable(z.string()),
  type: z.string(),
  logger: z.string(),
  /** 0 (emergency) to 7 (debug). */
  severity: z.number(),
  hostname: z.nullable(z.string()),
  pid: z.nullable(z.number()),
  /** Null, as `seq`, for messages of old clients. */
  sender: z.nullable(z.string()),
  seq: z.nullable(z.number()),
  name: z.nullable(z.string()),
  value: z.nullable(z.number()),
} as const;
