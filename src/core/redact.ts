import type { IsSecret } from './bounded-json.ts';

/** Words that mark a key as a secret's. `api key` matches `apiKey`, `api_key`, `x-api-key` and `apikey`. */
export const REDACTED_KEYS: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'pwd',
  'secret',
  'token',
  'access token',
  'auth token',
  'refresh token',
  'jwt',
  'authorization',
  'cookie',
  'cookies',
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
/** A key that is longer is data, in UTF-16 units. */
const REMEMBERED_LENGTH = 64;

/** Tells which keys look like secrets: those that hold one of `words` as whole words, whatever the spelling (camelCase, snake_case, kebab-case, together). */
export function createRedaction(words: readonly string[]): IsSecret {
  const wanted = words.map(toWords).filter((word) => word !== '');
  if (wanted.length === 0) return () => false;
  const alternatives = wanted.map((word) => word.split(' ').join(' ?')).join('|');
  // A digit may follow, as in `password2`.
  const pattern = new RegExp(`(?:^| )(?:${alternatives}) ?\\d*(?: |$)`);
  const verdicts = new Map<string, boolean>();
  return (key) => {
    const known = verdicts.get(key);
    if (known !== undefined) return known;
    const verdict = pattern.test(toWords(key));
    if (verdicts.size >= REMEMBERED_KEYS) verdicts.clear();
    if (key.length <= REMEMBERED_LENGTH) verdicts.set(key, verdict);
    return verdict;
  };
}

function toWords(key: string): string {
  return key
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2') // JWTToken
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .toLowerCase();
}
