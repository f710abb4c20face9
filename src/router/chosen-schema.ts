import * as z from 'zod/mini';
import { wantedBy } from './config-error.ts';

/**
 * Checks a value by the schema that `choose` picks for it, so that an error is about what was meant and not about every alternative; a text
 * says what is wanted where none fits, undefined that all is well.
 */
export function chosenSchema<T>(
  choose: (value: unknown) => { readonly schema: z.ZodMiniType<T> } | { readonly want: string } | 'fits',
): z.ZodMiniType<T> {
  const schema = z.unknown().check(({ value, issues }) => {
    const choice = choose(value);
    if (choice === 'fits') return;
    if ('want' in choice) {
      issues.push({ code: 'custom', message: choice.want, input: value });
      return;
    }
    const { error } = choice.schema.safeParse(value);
    if (error !== undefined) issues.push(...issuesOf(error, value));
  });
  return schema as unknown as z.ZodMiniType<T>; // what the value is, the chosen schema knows
}

/** What another schema found in `input`, for a check to pass on as its own. */
export function issuesOf(error: z.core.$ZodError, input: unknown): z.core.$ZodRawIssue[] {
  return error.issues.map((issue): z.core.$ZodRawIssue => {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys') return { code: issue.code, keys: issue.keys, path, input: {} };
    return { code: 'custom', message: wantedBy(issue), path, input };
  });
}
