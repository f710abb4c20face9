import type { JsonObject, JsonValue } from '../../../core/json.ts';

/** Metadata as Sentry holds it: what can be searched for, and the rest. */
export interface SplitMetadata {
  readonly tags: Readonly<Record<string, string>>;
  readonly extra: JsonObject;
}

/** Tags of one event; metadata past that is kept as extra. */
const MAX_TAGS = 50;
/** https://docs.sentry.io/platforms/javascript/enriching-events/tags/ */
const TAG_KEY = /^[a-zA-Z0-9_.:-]{1,32}$/;
const TAG_VALUE = /^[^\r\n]{1,200}$/;
/** Names that Sentry drops or takes for something else when they come as tags. */
const TAKEN_KEYS: ReadonlySet<string> = new Set([
  'release',
  'dist',
  'environment',
  'user',
  'filename',
  'function',
  'level',
]);

/** Parts flat metadata that Sentry takes as tags from what it does not: objects, long texts, keys of other characters. Nothing is lost. */
export function splitMetadata(metadata: JsonObject): SplitMetadata {
  const tags: [string, string][] = [];
  const extra: [string, JsonValue][] = [];
  for (const [key, value] of Object.entries(metadata)) {
    const text = typeof value === 'object' ? '' : String(value);
    if (tags.length < MAX_TAGS && TAG_KEY.test(key) && !TAKEN_KEYS.has(key) && TAG_VALUE.test(text))
      tags.push([key, text]);
    else extra.push([key, value]);
  }
  // Not by assignment, for which `__proto__` is no key as others are.
  return { tags: Object.fromEntries(tags), extra: Object.fromEntries(extra) };
}
