import * as z from 'zod/mini';
import { wantedBy } from './config-error.ts';

/** The schema of what was meant. */
interface Chosen<T> {
  readonly schema: z.ZodMiniType<T>;
  /** What it is of, for an error about an option that it does not have. */
  readonly name?: string;
}

/** What is wanted where no schema fits, and what came, if that is more than its type. */
interface Unfit {
  readonly want: string;
  readonly got?: string | undefined;
}

/**
 * Checks a value by the schema that `choose` picks for it, so that an error is about what was meant and not about every alternative; a text
 * says what is wanted where none fits, undefined that all is well.
 */
export function chosenSchema<T>(choose: (value: unknown) => Chosen<T> | Unfit | 'fits'): z.ZodMiniType<T> {
  const schema = z.unknown().check(({ value, issues }) => {
    const choice = choose(value);
    if (choice === 'fits') return;
    if ('want' in choice) {
      issues.push({ code: 'custom', message: choice.want, params: { got: choice.got }, input: value });
      return;
    }
    const { error } = choice.schema.safeParse(value);
    if (error !== undefined) issues.push(...issuesOf(error, value).map((issue) => named(issue, choice)));
  });
  return schema as unknown as z.ZodMiniType<T>; // what the value is, the chosen schema knows
}

/** What another schema found in `input`, for a check to pass on as its own. */
export function issuesOf(error: z.core.$ZodError, input: unknown): z.core.$ZodRawIssue[] {
  return error.issues.map((issue): z.core.$ZodRawIssue => {
    const { path } = issue;
    if (issue.code === 'custom') return { code: issue.code, message: issue.message, params: issue.params, path, input };
    if (issue.code === 'unrecognized_keys') return { code: issue.code, keys: issue.keys, path, input: {} };
    return { code: 'custom', message: wantedBy(issue), path, input };
  });
}

/** An option that what is named does not have, with those that it has. */
function named<T>(issue: z.core.$ZodRawIssue, { schema, name }: Chosen<T>): z.core.$ZodRawIssue {
  if (issue.code !== 'unrecognized_keys' || issue.path?.length !== 0 || name === undefined) return issue;
  if (!(schema instanceof z.ZodMiniObject)) return issue;
  const fault = `is no option of ${name}; its options are ${Object.keys(schema.shape).join(', ')}`;
  return { code: 'custom', params: { fault }, path: issue.keys.slice(0, 1), input: issue.input };
}
