import type { IsSecret } from './bounded-json.ts';

/** Words that mark a key as a secret's. `api key` matches `apiKey`, `api_key`, `x-api-key` and `apikey`. */
export const REDACTED_KEYS: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'pwd',
  'secret',
  'token',
  'jwt',
  'authorization',
  'cookie',
  'credential',
  'credentials',
  'api key',
  'private key',
  'access key',
  'session id',
  'card number',
  'credit card',
  'cvv',
  'ssn',
];

/** Keys whose verdict is remembered: applications use a few hundred. */
const REMEMBERED_KEYS = 2_000;

/** Tells which keys look like secrets: those that hold one of `words` as whole words, whatever the spelling (camelCase, snake_case, kebab-case, together). */
export function createRedaction(words: readonly string[]): IsSecret {
  if (words.length === 0) return () => false;
  const alternatives = words.map((word) => toWords(word).split(' ').map(escapePattern).join(' ?')).join('|');
  const pattern = new RegExp(`(?:^| )(?:${alternatives})(?: |$)`);
  const verdicts = new Map<string, boolean>();
  return (key) => {
    const known = verdicts.get(key);
    if (known !== undefined) return known;
    const verdict = pattern.test(toWords(key));
    if (verdicts.size >= REMEMBERED_KEYS) verdicts.clear();
    verdicts.set(key, verdict);
    return verdict;
  };
}

function toWords(key: string): string {
  return key
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[^A-Za-z\d]+/g, ' ')
    .trim()
    .toLowerCase();
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
