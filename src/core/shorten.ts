import { setOwn, type JsonObject, type JsonValue } from './json.ts';
import type { Message } from './schema.ts';

/** What is kept at least of a string that is shortened, in UTF-16 units: enough to know it by. */
const KEPT_LENGTH = 64;

/**
 * `message` with its largest strings cut until `bytesOf` it is at most `maxBytes`; `metadata.truncated` names what was cut.
 * Null when strings are not what makes it large.
 */
export function shorten(message: Message, maxBytes: number, bytesOf: (message: Message) => number): Message | null {
  let current = message;
  const cut = new Set<string>();
  for (let excess = bytesOf(current) - maxBytes; excess > 0; excess = bytesOf(current) - maxBytes) {
    const longest = findLongest(current);
    if (!longest || longest.text.length <= KEPT_LENGTH) return null;
    cut.add(longest.path.join('.'));
    // A unit is one to six bytes once escaped; cutting a third at least makes this end soon.
    const kept = Math.max(
      KEPT_LENGTH - 1,
      Math.min(longest.text.length - excess - KEPT_LENGTH, Math.floor((longest.text.length * 2) / 3)),
    );
    const shortened = replaceAt(current, longest.path, trimPair(longest.text.slice(0, kept)) + '…');
    current = { ...shortened, metadata: { ...shortened.metadata, truncated: [...cut] } };
  }
  return current;
}

interface Found {
  readonly path: readonly string[];
  readonly text: string;
}

function findLongest(message: Message): Found | null {
  let longest: Found | null = { path: ['payload'], text: message.payload };
  const visit = (value: JsonValue, path: readonly string[]): void => {
    if (typeof value === 'string') {
      if (!longest || value.length > longest.text.length) longest = { path, text: value };
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) visit(inner as JsonValue, [...path, key]);
    }
  };
  visit(message.metadata, ['metadata']);
  return longest;
}

function replaceAt(message: Message, path: readonly string[], text: string): Message {
  const [field, ...rest] = path;
  return field === 'payload'
    ? { ...message, payload: text }
    : { ...message, metadata: replaceIn(message.metadata, rest, text) as JsonObject };
}

function replaceIn(value: JsonValue, path: readonly string[], text: string): JsonValue {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return text;
  if (Array.isArray(value))
    return value.map((item: JsonValue, index) => (String(index) === step ? replaceIn(item, rest, text) : item));
  const copy: Record<string, JsonValue> = { ...(value as JsonObject) };
  setOwn(copy, step, replaceIn(copy[step] ?? null, rest, text));
  return copy;
}

function trimPair(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}
