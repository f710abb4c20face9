import * as z from 'zod/mini';
import { chosenSchema, issuesOf } from '../chosen-schema.ts';
import { metadataPath } from './match-key.ts';
import { matchSchema } from './route-schema.ts';
import type { Match } from './route.ts';
import { namedValues, parseCondition } from './value-test.ts';

/** In a JSON path of SQL `*` is any key and an empty part is none; SQL's text ends at a NUL. */
const UNSPEAKABLE_KEY = /[*\p{Cc}]/u;
const WANTED_KEY = 'a condition on a key without *, control characters and empty parts between dots';

/** A match that can be said in SQL, and that not every message fits. */
export const sqlMatch: z.ZodMiniType<Match> = z.unknown().check(({ value, issues }) => {
  const parsed = matchSchema.safeParse(value);
  if (!parsed.success) {
    issues.push(...issuesOf(parsed.error, value));
    return;
  }
  const entries = Object.entries(parsed.data);
  if (entries.length === 0) {
    issues.push({ code: 'custom', message: 'an object with at least one condition', input: value });
  }
  for (const [key, condition] of entries) {
    const path = metadataPath(key);
    const test = parseCondition(condition);
    if (path !== undefined && (UNSPEAKABLE_KEY.test(path) || path.split('.').includes(''))) {
      issues.push({ code: 'custom', message: WANTED_KEY, path: [key], input: value });
    } else if (test !== undefined && namedValues(test).some((named) => String(named).includes('\0'))) {
      issues.push({ code: 'custom', message: 'a condition without NUL characters', path: [key], input: value });
    }
  }
}) as unknown as z.ZodMiniType<Match>; // the match's schema has looked at it

const sqlMatches: z.ZodMiniType<readonly Match[]> = z
  .array(sqlMatch)
  .check(z.minLength(1, 'a match, or a list of at least one'));

/** What the archive takes: what fits a match, or any of several. */
export const onlySchema: z.ZodMiniType<Match | readonly Match[]> = chosenSchema<Match | readonly Match[]>((value) => ({
  schema: Array.isArray(value) ? sqlMatches : sqlMatch,
}));

/** What the archive leaves out: what fits a match, or any of several, or what routes take. */
export const exceptSchema: z.ZodMiniType<Match | readonly Match[] | 'routed'> = chosenSchema<
  Match | readonly Match[] | 'routed'
>((value) => {
  if (value === 'routed') return 'fits';
  if (typeof value === 'string') return { want: 'a match, a list of matches, or "routed"' };
  return { schema: Array.isArray(value) ? sqlMatches : sqlMatch };
});
