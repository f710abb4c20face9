import type * as z from 'zod/mini';
import { ConfigError } from './errors.ts';

/** What a schema found, as an error of one line: the option, what is wanted, what came. */
export function explain(issue: z.core.$ZodIssue | undefined, given: unknown): ConfigError {
  const path = issue?.path.map(String) ?? [];
  if (issue?.code === 'unrecognized_keys') {
    return new ConfigError('bad-option', `${[...path, issue.keys[0] ?? ''].join('.')} is no option of the router`);
  }
  return mustBe(path, wantedBy(issue), valueAt(given, path));
}

/** `path` must be `want`, got `got`. */
export function mustBe(path: readonly string[], want: string, got: unknown): ConfigError {
  const isSecret = path[0] === 'keys' && typeof got === 'string'; // who forgets the braces writes the secret itself
  const shown = isSecret ? 'a text' : show(got);
  return new ConfigError('bad-option', `${path.join('.') || 'the configuration'} must be ${want}, got ${shown}`);
}

/** The text with what stands before the `@` of an address left out: a DSN's key, a password. */
export const withoutCredentials = (text: string): string => text.replace(/\/\/[^/@]*@/g, '//…@');

/** What the schema wants in the place of what came. */
export function wantedBy(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'invalid_type' && issue.expected === 'object') return 'an object';
  // Of a record's key the record knows no more than that it does not fit; what fits, the key's own schema says.
  if (issue?.code === 'invalid_key') return issue.issues[0]?.message ?? 'a name';
  return issue?.message ?? 'valid';
}

function valueAt(given: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined,
    given,
  );
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(withoutCredentials(value).slice(0, 100));
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}
