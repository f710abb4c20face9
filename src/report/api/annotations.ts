import * as z from 'zod/mini';
import { WINDOW_INPUT } from './time-window.ts';

export const annotationsInput = /* @__PURE__ */ z.strictObject({ ...WINDOW_INPUT });

const told = /* @__PURE__ */ z.readonly(
  z.strictObject({
    /** When it was received, in ISO 8601. */
    at: z.string(),
    logger: z.string(),
    release: z.string(),
  }),
);

export const annotationsAnswer = /* @__PURE__ */ z.strictObject({
  /** Messages of type `deploy`; `release`: what they say was deployed. The latest hundred, the oldest first. */
  deploys: z.readonly(z.array(told)),
  /** Values of `release` that their logger had not had in the window nor in the day before it. The latest hundred, the oldest first. */
  releases: z.readonly(z.array(told)),
  /** Stretches of hours in which messages are known to be missing, the oldest first. */
  missing: z.readonly(
    z.array(
      z.readonly(
        z.strictObject({
          from: z.string(),
          to: z.string(),
          missing: z.number(),
          received: z.number(),
        }),
      ),
    ),
  ),
  /**
   * What is missing in hours of the window that are not kept one by one any more, and so are not in `missing`: in all of them together, also those before the
   * window. Null if that is nothing.
   */
  older: z.nullable(z.strictObject({ missing: z.number(), received: z.number() })),
  /** Whether `missing` is all that is missing, not the least that is. */
  isExact: z.boolean(),
});
export type AnnotationsAnswer = z.output<typeof annotationsAnswer>;
