import { createHmac } from 'node:crypto';

/** What the SDK makes of a text with a secret. */
export function signed(text: string, secret: string): string {
  return `${text}#${createHmac('sha256', secret).update(text).digest('base64url')}\n`;
}
