import type { Platform } from '../core/platform.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Longest delay that timers take; the interval only has to exist. */
const HOLD_MS = 2 ** 30;
/** Characters of a sender's name: six bits each, 96 in all. */
const ID_LENGTH = 16;

/** A page or worker as the portable code sees it. */
export function createPagePlatform(): Platform {
  return {
    now: () => read(() => Date.now()),
    monotonic: () => read(() => ('performance' in globalThis ? performance : Date).now()),
    random: () => Math.random(),
    randomId() {
      let id = '';
      const bytes = new Uint8Array(ID_LENGTH);
      try {
        crypto.getRandomValues(bytes);
      } catch {
        bytes.forEach((_, index) => (bytes[index] = Math.random() * 256)); // a page that has no better
      }
      for (const byte of bytes) id += ALPHABET.charAt(byte & 63);
      return id;
    },
    byteLength,
    after(delayMs, task) {
      const timeout: unknown = setTimeout(task, delayMs);
      keepNothingAlive(timeout);
      return () => clearTimeout(timeout as number);
    },
    hold() {
      const interval = setInterval(() => undefined, HOLD_MS); // means nothing to a page, but to a server that waits for `flush`
      return () => clearInterval(interval);
    },
    warn: (text) => console.warn(text),
    host: {},
  };
}

/** The page's own clocks may be replaced by ones that throw, or that answer no number. */
function read(clock: () => number): number {
  try {
    return clock() || 0;
  } catch {
    return 0; // the router puts right what is so far off
  }
}

/** On a server, a timer is an object that would keep the process. */
function keepNothingAlive(timeout: unknown): void {
  if (typeof timeout === 'object') (timeout as { unref?(): void }).unref?.();
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
