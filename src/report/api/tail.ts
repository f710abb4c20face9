import * as z from 'zod/mini';
import { listed } from './listed.ts';

/** More names or conditions than anyone types, few enough to test every message against. */
const MAX_PATTERNS = 50;
const MAX_CONDITION_LENGTH = 2_000;
const MAX_TEXT_LENGTH = 1_000;
const TOO_MANY = `takes at most ${MAX_PATTERNS} patterns`;

/** Names, also separated by commas. */
const names = /* @__PURE__ */ z.pipe(
  listed,
  z
    .pipe(
      z.readonly(z.array(z.string())),
      z.transform((values) => values.flatMap((value) => value.split(',')).filter((name) => name !== '')),
    )
    .check(z.refine((found) => found.length <= MAX_PATTERNS, TOO_MANY)),
);

const conditions = /* @__PURE__ */ z.pipe(
  listed,
  z.readonly(
    z
      .array(
        z.string().check(
          z.refine((pair) => pair.indexOf('=') > 0, 'must be key=value'),
          z.maxLength(MAX_CONDITION_LENGTH, `takes at most ${MAX_CONDITION_LENGTH} characters`),
        ),
      )
      .check(z.maxLength(MAX_PATTERNS, TOO_MANY)),
  ),
);

const wholeNumber = (pattern: RegExp, error: string): z.ZodMiniType<number, string> =>
  z.pipe(z.string().check(z.regex(pattern, error)), z.transform(Number));

/** What `GET /api/tail` takes. */
export const tailInput = /* @__PURE__ */ z.strictObject({
  /** Names or `*` patterns; any of them fits. Without it, all types but those of the SDK's own. */
  type: z._default(names, []),
  /** Likewise. */
  logger: z._default(names, []),
  /** One name as it is. */
  exactLogger: z._default(z.string(), ''),
  /** The least grave that is wanted. */
  severity: z._default(wholeNumber(/^[0-7]$/, 'must be a whole number from 0 to 7'), 7),
  /** `key=value`, `*` as above, dots lead into objects; repeated: any value of a key fits, and each key has to. */
  metadata: z._default(conditions, []),
  /** Held by the payload or the metadata, in whatever case. */
  text: z._default(z.string().check(z.maxLength(MAX_TEXT_LENGTH, `takes at most ${MAX_TEXT_LENGTH} characters`)), ''),
  /** Messages a second at most. */
  perSecond: z.optional(wholeNumber(/^[1-9]\d{0,8}$/, 'must be a whole number of at least 1')),
});
