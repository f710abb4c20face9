import * as z from 'zod/mini';
import { isRecord, type JsonObject } from './json.ts';
import { isName, MAX_NAME_LENGTH } from './name.ts';
import { isSeverity, type Severity } from './severity.ts';
import { isTimestamp } from './timestamp.ts';

// Built in a call that bundlers may leave out where nobody asks for the schema.
const shape = /* @__PURE__ */ (() => {
  const name = z.string().check(z.refine(isName, `must have 1 to ${MAX_NAME_LENGTH} characters`));
  return z.object({
    type: name,
    timestamp: z.string().check(z.refine(isTimestamp, 'must be a time such as 2026-11-22T10:44:00.123Z')),
    logger: name,
    severity: z.number().check(z.refine(isSeverity, 'must be a whole number from 0 to 7')),
    payload: z.string(),
    metadata: z.unknown().check(z.refine(isRecord, 'must be an object')),
  });
})();

/** The atom: what an application says, and what every back end receives. */
export type Message = Readonly<Omit<z.infer<typeof shape>, 'severity' | 'metadata'>> & {
  readonly severity: Severity;
  /** JSON by construction: parsed from JSON text, or bounded by the SDK. The schema looks at its outside only. */
  readonly metadata: JsonObject;
};

/** Explains what is wrong with a message, path by path. `isMessage` gives the same verdict without words. */
// The refinements narrow `severity` and `metadata` at run time; zod's types do not follow them.
export const messageSchema: z.ZodMiniType<Message> = shape as unknown as z.ZodMiniType<Message>;
