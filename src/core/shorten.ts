import { setOwn, type JsonObject, type JsonValue } from './json.ts';
import type { Message } from './schema.ts';

/** What is kept at least of a string that is shortened, in UTF-16 units: enough to know it by. */
const KEPT_LENGTH = 64;
/** Strings that are named as cut; a message of thousands would not fit for their names alone. */
const NAMED_CUTS = 20;
/** Longest name of something cut earlier that is kept: what the SDK names is shorter, but the application may use the key itself. */
const MAX_NAME_LENGTH = 120;

/**
 * `message` with its largest strings cut until `bytesOf` it is at most `maxBytes`; `metadata.truncated` names what was cut, now or earlier.
 * Null when strings are not what makes it large.
 */
export function shorten(message: Message, maxBytes: number, bytesOf: (message: Message) => number): Message | null {
  // All strings over a limit are cut at once, and the limit falls by a third each time: some twenty rounds at most, however many strings.
  for (let limit = longestOf(message); limit > KEPT_LENGTH;) {
    limit = Math.max(Math.floor((limit * 2) / 3), KEPT_LENGTH);
    const shortened = cutTo(message, limit);
    if (bytesOf(shortened) <= maxBytes) return shortened;
  }
  return null;
}

function longestOf(message: Message): number {
  const visit = (value: JsonValue): number => {
    if (typeof value === 'string') return value.length;
    if (typeof value !== 'object' || value === null) return 0;
    return Object.values(value).reduce((longest: number, inner: JsonValue) => Math.max(longest, visit(inner)), 0);
  };
  return Math.max(message.payload.length, visit(message.metadata));
}

/** `message` with no string longer than `limit`. */
function cutTo(message: Message, limit: number): Message {
  const { truncated: earlier, ...rest } = message.metadata;
  const cut = new Set(Array.isArray(earlier) ? earlier.filter(isName).slice(0, NAMED_CUTS) : []);

  function shortened(text: string, path: string): string {
    if (text.length <= limit) return text;
    if (cut.size < NAMED_CUTS) cut.add(path);
    return withoutHalfPair(text.slice(0, limit - 1)) + '…';
  }

  function visit(value: JsonValue, path: string): JsonValue {
    if (typeof value === 'string') return shortened(value, path);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item: JsonValue, index) => visit(item, `${path}.${index}`));
    return visitObject(value as JsonObject, path);
  }

  function visitObject(object: JsonObject, path: string): JsonObject {
    const copy: Record<string, JsonValue> = {};
    for (const [key, inner] of Object.entries(object)) setOwn(copy, key, visit(inner, `${path}.${key}`));
    return copy;
  }

  const payload = shortened(message.payload, 'payload');
  const metadata = visitObject(rest, 'metadata');
  return { ...message, payload, metadata: { ...metadata, truncated: [...cut] } };
}

function isName(value: JsonValue): value is string {
  return typeof value === 'string' && value.length <= MAX_NAME_LENGTH;
}

function withoutHalfPair(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}
