import type { Platform } from '../core/platform.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Characters of a sender's name: six bits each, 96 in all. */
const ID_LENGTH = 16;

/** A page or worker as the portable code sees it. */
export function createPagePlatform(): Platform {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    randomId() {
      let id = '';
      for (const byte of crypto.getRandomValues(new Uint8Array(ID_LENGTH))) id += ALPHABET.charAt(byte & 63);
      return id;
    },
    byteLength,
    after(delayMs, task) {
      const timeout = setTimeout(task, delayMs);
      return () => clearTimeout(timeout);
    },
    hold: () => () => undefined, // nothing keeps a page
    warn: (text) => console.warn(text),
    host: {},
  };
}

/** Counted by hand: an encoder would make the bytes too, and nobody needs them. */
function byteLength(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    // Three bytes for a unit above 0x7ff, but half a surrogate pair has two of the pair's four; a lone one becomes the three of U+FFFD.
    if (unit > 0x7f) bytes += unit <= 0x7ff || isHalfOfPair(text, index, unit) ? 1 : 2;
  }
  return bytes;
}

function isHalfOfPair(text: string, index: number, unit: number): boolean {
  if (unit >= 0xd800 && unit <= 0xdbff) return isBetween(text.charCodeAt(index + 1), 0xdc00, 0xdfff);
  return isBetween(unit, 0xdc00, 0xdfff) && isBetween(text.charCodeAt(index - 1), 0xd800, 0xdbff);
}

/** False for what lies outside the text, which is NaN. */
const isBetween = (unit: number, min: number, max: number): boolean => unit >= min && unit <= max;
