import type * as z from 'zod/mini';
import { withoutCredentials } from '../core/without-credentials.ts';
import { ConfigError } from './errors.ts';

/**
 * What a schema found, as an error of one line: the option, what is wanted, what came. A check may say more in its issue's `params`: `got`, what
 * came in its own words, or `fault`, all that follows the option.
 */
export function explain(issue: z.core.$ZodIssue | undefined, given: unknown): ConfigError {
  const path = issue?.path.map(String) ?? [];
  if (issue?.code === 'unrecognized_keys') {
    return new ConfigError('bad-option', `${[...path, issue.keys[0] ?? ''].join('.')} is no option of the router`);
  }
  const { fault, got } = issue?.code === 'custom' ? (issue.params ?? {}) : {};
  if (typeof fault === 'string') return new ConfigError('bad-option', `${path.join('.')} ${fault}`);
  return typeof got === 'string'
    ? gotInstead(path, wantedBy(issue), got)
    : mustBe(path, wantedBy(issue), valueAt(given, path));
}

/** `path` must be `want`, got `got`. */
export function mustBe(path: readonly string[], want: string, got: unknown): ConfigError {
  return gotInstead(path, want, isSecret(path) ? showSecretly(got) : show(got));
}

/** Whether what stands there is a secret, or may be one that somebody put there. */
const isSecret = ([option, part = '']: readonly string[]): boolean =>
  option === 'keys' || (option === 'archive' && ['hdfs', 's3'].includes(part));

/** The same, where what came is said already. */
function gotInstead(path: readonly string[], want: string, shown: string): ConfigError {
  return new ConfigError('bad-option', `${path.join('.') || 'the configuration'} must be ${want}, got ${shown}`);
}

/** What the schema wants in the place of what came. */
export function wantedBy(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'invalid_type' && issue.expected === 'object') return 'an object';
  // Of a record's key the record knows no more than that it does not fit; what fits, the key's own schema says.
  if (issue?.code === 'invalid_key') return issue.issues[0]?.message ?? 'a name';
  return issue?.message ?? 'valid';
}

/** What stands in `given` at this path; undefined if nothing does. */
export function valueAt(given: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined,
    given,
  );
}

/** What came, in a few words. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(withoutCredentials(value).slice(0, 100));
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}

/** A secret may be anywhere among the keys: who forgets the braces writes it in their place, who forgets the quotes writes a number. */
function showSecretly(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty text' : 'a text';
  return typeof value === 'number' || typeof value === 'bigint' ? 'a number' : show(value);
}
