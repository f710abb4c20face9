import type * as z from 'zod/mini';

/** A query string as an object; a parameter that stands more than once is a list. */
export function readQuery(parameters: URLSearchParams): Record<string, string | string[]> {
  const names = [...new Set(parameters.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const [first = '', ...more] = parameters.getAll(name);
      return [name, more.length === 0 ? first : [first, ...more]];
    }),
  );
}

/** What is wrong with an input, in one line. */
export function explainInput(error: z.core.$ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'the request is not what this path takes';
  if (issue.code === 'unrecognized_keys')
    return `there is no parameter ${issue.keys.map((key) => JSON.stringify(key.slice(0, 40))).join(', ')}`;
  return `${issue.path.filter((part) => typeof part === 'string').join('.') || 'the request'} ${issue.message}`;
}
