import { ConfigError } from './options.ts';
import type { Platform } from './platform.ts';
import { parseSigningKey } from './signing-key.ts';

/** Signs texts with one key. */
export interface Sign {
  readonly keyId: string;
  /** The signature's line, to be put behind `text` as it is. */
  line(text: string): string;
}

/** The line behind the messages: `#`, 256 bits in base64url, newline. */
export const SIGNATURE_LINE_BYTES = 1 + 43 + 1;

/** What signs with `<key id>:<secret>`; undefined without one. Throws `ConfigError` where the runtime cannot sign: a page, in which no secret stays one. */
export function createSign(secret: string | undefined, platform: Pick<Platform, 'hmac'>): Sign | undefined {
  const key = parseSigningKey(secret);
  if (key === null) return undefined;
  const { hmac } = platform;
  if (hmac === undefined)
    throw new ConfigError('secret cannot be used here: whoever opens the page could read it; pages send unsigned');
  return { keyId: key.id, line: (text) => `#${hmac(key.secret, text)}\n` };
}
