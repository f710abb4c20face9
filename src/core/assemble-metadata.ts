import { setOwn, type JsonObject, type JsonValue } from './json.ts';

/** Metadata of one message: the SDK's own keys first, then the layers, later ones winning. A layer's key that the SDK uses itself becomes `user_<key>`. */
export function assembleMetadata(own: JsonObject, layers: readonly JsonObject[]): JsonObject {
  const merged: Record<string, JsonValue> = { ...own };
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer))
      setOwn(merged, Object.hasOwn(own, key) ? `user_${key}` : key, value);
  }
  return merged;
}
