import { setOwn, type JsonObject, type JsonValue } from './json.ts';

/** Metadata of one message: the SDK's own keys first, then the layers, later ones winning. A layer's key that the SDK uses itself becomes `user_<key>`. */
export function assembleMetadata(own: JsonObject, layers: readonly JsonObject[]): JsonObject {
  const merged: Record<string, JsonValue> = Object.assign({}, own);
  for (const layer of layers) {
    // V8 spreads a second object into a literal twenty times slower than it assigns one.
    if (isAssignable(own, layer)) Object.assign(merged, layer);
    else
      for (const [key, value] of Object.entries(layer))
        setOwn(merged, Object.hasOwn(own, key) ? `user_${key}` : key, value);
  }
  return merged;
}

/** Whether no key of `layer` needs care: none that the SDK uses, and not the one that assigning would take for the prototype. */
function isAssignable(own: JsonObject, layer: JsonObject): boolean {
  for (const key in own) if (Object.hasOwn(layer, key)) return false;
  return !Object.hasOwn(layer, '__proto__');
}
