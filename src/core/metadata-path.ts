import { isRecord, type JsonObject, type JsonValue } from './json.ts';

/** Reads one value of a message's metadata. Dots lead into objects, but a key that holds the dots itself wins, at every level. */
export function metadataReader(path: string): (metadata: JsonObject) => JsonValue | undefined {
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
const ownValue = (object: JsonObject, key: string): JsonValue | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;

const isObject = (value: JsonValue | undefined): value is JsonObject => isRecord(value);
