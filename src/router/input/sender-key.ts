import { createHash } from 'node:crypto';
import type { Header } from '../../core/header.ts';

/** 96 bits stand for a sender: with its length they are the name itself, up to this many characters. What the SDK draws has exactly as many. */
const MAX_EXACT_LENGTH = 16;
/** In place of a length: the bits are a digest of a longer name. */
const DIGESTED = 255;
export const KEY_WORDS = 3;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VALUES = /* @__PURE__ */ tableOf(ALPHABET);

/**
 * What the book knows a sender by: its name, which each key has for itself, so that nobody can speak in the numbers of one that signs. Undefined for one without
 * a name. Longer than what is kept exactly, and with a character that no name has.
 */
export function bookName({ sender, key }: Pick<Header, 'sender' | 'key'>): string | undefined {
  return sender === undefined || key === undefined ? sender : `${key}/${sender}`.padEnd(MAX_EXACT_LENGTH + 1, '/');
}

/** Reads a sender's name into `words`. The result goes with them: names are the same exactly if both are. */
export function readSenderKey(name: string, words: Uint32Array): number {
  const { length } = name;
  if (length > MAX_EXACT_LENGTH) {
    const digest = createHash('sha256').update(name).digest();
    for (let i = 0; i < KEY_WORDS; i++) words[i] = digest.readUInt32LE(i * 4);
    return DIGESTED;
  }
  const a = fourFrom(name, 0);
  const b = fourFrom(name, 4);
  const c = fourFrom(name, 8);
  words[0] = (a << 8) | (b >>> 16);
  words[1] = (b << 16) | (c >>> 8);
  words[2] = (c << 24) | fourFrom(name, 12);
  return length;
}

/** The name behind a key; a long one's digest, with a `#` before it. */
export function senderNameOf(w0: number, w1: number, w2: number, length: number): string {
  const text = fourOf(w0 >>> 8) + fourOf((w0 << 16) | (w1 >>> 16)) + fourOf((w1 << 8) | (w2 >>> 24)) + fourOf(w2);
  return length === DIGESTED ? `#${text}` : text.slice(0, length);
}

/** 24 bits; behind the name's end there are none set. */
function fourFrom(name: string, at: number): number {
  let bits = 0;
  for (let i = at; i < at + 4; i++) bits = (bits << 6) | (i < name.length ? (VALUES[name.charCodeAt(i)] ?? 0) : 0);
  return bits;
}

const fourOf = (bits: number): string => charOf(bits >>> 18) + charOf(bits >>> 12) + charOf(bits >>> 6) + charOf(bits);

const charOf = (bits: number): string => ALPHABET[bits & 63] ?? '';

function tableOf(alphabet: string): Uint8Array {
  const values = new Uint8Array(128);
  for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i;
  return values;
}
