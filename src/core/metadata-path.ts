import { isRecord, type JsonObject, type JsonValue } from './json.ts';

/** Deeper than anyone looks. A path may be a stranger's, and reading goes one call deeper with each level. */
export const MAX_METADATA_LEVELS = 10;

/**
 * Reads one value of a message's metadata. Dots lead into objects, but a key that holds the dots itself wins, at every level; at the tenth, the dots that are
 * left are part of the key.
 */
export const metadataReader = (path: string): MetadataReader => readerAt(path, 1);

type MetadataReader = (metadata: JsonObject) => JsonValue | undefined;

function readerAt(path: string, level: number): MetadataReader {
  const dot = path.indexOf('.');
  if (dot === -1 || level === MAX_METADATA_LEVELS) return (metadata) => ownValue(metadata, path);
  const head = path.slice(0, dot);
  const readRest = readerAt(path.slice(dot + 1), level + 1);
  return (metadata) => {
    const whole = ownValue(metadata, path);
    if (whole !== undefined) return whole;
    const inner = ownValue(metadata, head);
    return isObject(inner) ? readRest(inner) : undefined;
  };
}

/** The metadata of strangers: `constructor` is no key of theirs unless they sent it. */
const ownValue = (object: JsonObject, key: string): JsonValue | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;

const isObject = (value: JsonValue | undefined): value is JsonObject => isRecord(value);
