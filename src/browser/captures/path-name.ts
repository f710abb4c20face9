/** Longest name of a path, in UTF-16 units: with a host before it still a metric's name, and what a reader takes in. */
const MAX_LENGTH = 160;
/** A longer part of a path is data, in UTF-16 units. */
const MAX_SEGMENT_LENGTH = 64;
/** What is looked at of a path, in UTF-16 units: all that can come into its name. */
const READ_LENGTH = 4_096;

const ID = ':id';

/**
 * `path` with what names one thing among many (numbers, dates, UUIDs, hashes, tokens, addresses of mail) replaced by `:id`, so that paths of one kind
 * have one name: `/users/42/orders/9b1deb4d-…` is `/users/:id/orders/:id`. Query, fragment and path parameters are cut off; what is too long ends in `/…`.
 *
 * Letters with digits among them are an id too, from six characters, unless they read as names do: `/orders/ord_1a2b3c` is `/orders/ord_:id`, but
 * `/oauth2` and `/v2beta1` stay. That finds half of all random ids of 8 letters and digits and two thirds of those of 11, and none of letters alone:
 * for paths with such ids, pages hand a `name` of their own to the capture.
 */
export function pathName(path: string): string {
  const plain = /^[^?#]*/.exec(path.slice(0, READ_LENGTH))?.[0] ?? '';
  let name = '';
  for (const [index, segment] of plain.split('/').entries()) {
    const part = `${index === 0 ? '' : '/'}${segmentName(segment)}`;
    if (name.length + part.length > MAX_LENGTH) return `${name}/…`;
    name += part;
  }
  return name.length > 1 ? name.replace(/\/+$/, '') || '/' : name;
}

/** `host/path` of an http address, the path as `pathName` has it, without credentials; null for every other address. */
export function addressName(url: string): string | null {
  const [, authority, path = ''] = /^https?:\/\/([^/?#]+)([^?#]*)/i.exec(url.slice(0, READ_LENGTH)) ?? [];
  if (authority === undefined) return null;
  const host = authority.slice(authority.lastIndexOf('@') + 1).slice(0, MAX_SEGMENT_LENGTH);
  return `${host}${pathName(path)}`.replace(/\/$/, '');
}

/** `url` without credentials, query and fragment, and no longer than an address of code is. */
export function plainUrl(url: string): string {
  if (url.startsWith('data:')) return 'data:'; // the rest is the code itself
  const plain = /^[^?#]*/.exec(url.slice(0, READ_LENGTH))?.[0] ?? '';
  return plain.replace(/^([\w+.-]+:\/\/)[^/@]*@/, '$1');
}

const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/gi;
/** Characters that part a segment into words. */
const WORDS = /[^-._~,:+=!*'()$]+/g;
const VERSION = /^v\d+(?:\.\d+)*$/i;
/** A file of a build, whose name holds a hash that each build makes anew: `index-BX3kz9Qa.js`. */
const FILE = /\.[a-z][a-z\d]{1,4}$/i;

function segmentName(given: string): string {
  const segment = given.split(';', 1)[0] ?? ''; // a session's id may follow
  if (segment.length > MAX_SEGMENT_LENGTH || /@|%40/.test(segment)) return ID;
  if (VERSION.test(segment)) return segment;
  if (isToken(segment)) return ID;
  const isFile = FILE.test(segment);
  const name = segment
    .replace(UUID, ID)
    .replace(WORDS, (word) => (isId(word, isFile) ? ID : word))
    .replace(/:id(?:[-._~,:+=]+:id)+/g, ID); // a date, or what a token was parted into
  return name.length > MAX_SEGMENT_LENGTH ? ID : name;
}

/** Whether `segment` as a whole is what a generator of ids or a base64 encoder writes: a title of lower case words with hyphens is none. */
function isToken(segment: string): boolean {
  if (CAMEL.test(segment) && isMadeUp(segment.replace(/[-_]/g, ''))) return true;
  return /^[\w+~-]{16,}={0,2}$/.test(segment) && isMixed(segment) && (!segment.includes('-') || /[A-Z]/.test(segment));
}

/** A capital right behind a small letter: what a generator of ids writes has one mostly, and so have names in camel case. */
const CAMEL = /[a-z][A-Z]/;
const NUMBER = /v?\d+/i;
/** What is shorter is an abbreviation more often than an id: `r2d2`, `a11y`. What has other characters is escaped, or of another script. */
const LETTERS_AND_DIGITS = /^(?=.*\d)(?=.*[a-z])[a-z\d]{6,}$/i;

/**
 * Whether a mixture of letters and digits reads as no name does. Between several numbers (`2`, `v2`) each text has to read; around a single one, one of
 * them, and a plain text before or behind it always does: `h264`, `web3`, `sha256`.
 */
function isMadeUp(word: string): boolean {
  if (!LETTERS_AND_DIGITS.test(word)) return false;
  const parts = word.split(NUMBER);
  const texts = parts.filter((part) => part !== '');
  if (parts.length > 2) return !texts.every(reads);
  return (texts.length > 1 || CAMEL.test(word)) && !texts.some(reads);
}

/** Three letters or more with a vowel, without five consonants in a row, and without a small letter alone between capitals. */
const reads = (text: string): boolean =>
  text.length > 2 && /[aeiouy]/i.test(text) && !/[^aeiouy]{5}/i.test(text) && !/[A-Z][a-z][A-Z]/.test(text);

function isId(word: string, isFile: boolean): boolean {
  if (/^\d+$/.test(word)) return true;
  if (/^[\da-f]{8,}$/i.test(word)) return /\d/.test(word); // a word such as `defaced` has none
  if (isMadeUp(word)) return true;
  if (word.length >= 16) return /^\w+$/.test(word) && isMixed(word);
  return isFile && word.length >= 8 && /[A-Z]/.test(word) && /[a-z]/.test(word) && /\d/.test(word);
}

function isMixed(text: string): boolean {
  return /\d/.test(text) && /[a-z]/i.test(text);
}
