import { isRecord, type JsonObject } from '../../core/json.ts';
import type { ReceivedMessage } from '../received-message.ts';

/** What a match can look at beside the metadata. */
export const MATCH_FIELDS = ['type', 'logger', 'severity', 'key', 'via'] as const;
export type MatchField = (typeof MATCH_FIELDS)[number];

const METADATA_PREFIX = 'metadata.';

export const isMatchField = (key: string): key is MatchField => MATCH_FIELDS.some((field) => field === key);

/** The path behind `metadata.`; undefined for another key, and for one without a path. */
export function metadataPath(key: string): string | undefined {
  const path = key.startsWith(METADATA_PREFIX) ? key.slice(METADATA_PREFIX.length) : '';
  return path === '' ? undefined : path;
}

/** Reads what a match's key names; undefined where the message has none. */
export function valueReader(key: string): (message: ReceivedMessage) => unknown {
  if (isMatchField(key)) return (message) => message[key];
  const read = metadataReader(metadataPath(key) ?? '');
  return ({ metadata }) => read(metadata);
}

/** Reads one value of the metadata. Dots lead into objects, but a key that holds the dots itself wins, at every level. */
export function metadataReader(path: string): (metadata: JsonObject) => unknown {
  const dot = path.indexOf('.');
  if (dot === -1) return (metadata) => ownValue(metadata, path);
  const head = path.slice(0, dot);
  const readRest = metadataReader(path.slice(dot + 1));
  return (metadata) => {
    const whole = ownValue(metadata, path);
    if (whole !== undefined) return whole;
    const inner = ownValue(metadata, head);
    return isObject(inner) ? readRest(inner) : undefined;
  };
}

/** The metadata of strangers: `constructor` is no key of theirs unless they sent it. */
const ownValue = (object: JsonObject, key: string): JsonObject[string] | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;

const isObject = (value: JsonObject[string] | undefined): value is JsonObject => isRecord(value);
