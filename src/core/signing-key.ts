/** What a sender signs with. */
export interface SigningKey {
  /** Names the key to the router; no secret. */
  readonly id: string;
  readonly secret: string;
}

/** A key's name: it stands in a header, in the journal and in routes. */
const KEY_ID = /^[\w.-]{1,64}$/;

/** Shorter secrets can be guessed by trying all that people make up. */
export const MIN_SECRET_LENGTH = 16;

export function isKeyId(value: unknown): value is string {
  return typeof value === 'string' && KEY_ID.test(value);
}

export function isSecretText(value: unknown): value is string {
  return typeof value === 'string' && value.length >= MIN_SECRET_LENGTH;
}

/** Reads `<key id>:<secret>`; null when it is something else. The secret may have colons. */
export function parseSigningKey(text: unknown): SigningKey | null {
  if (typeof text !== 'string') return null;
  const colon = text.indexOf(':');
  const id = text.slice(0, Math.max(colon, 0));
  const secret = text.slice(colon + 1);
  return isKeyId(id) && isSecretText(secret) ? { id, secret } : null;
}
