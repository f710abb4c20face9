/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** The value of JSON text; undefined, which no JSON means, when `text` is none. */
export function parseJson(text: string): unknown {
  // Throwing costs microseconds: a datagram of 65,000 empty lines would stop its receiver for half a second.
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether `value` is an object with keys: no array, no null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether nothing in the object or array `value` lies deeper than `levels`, itself being the first. */
export function isWithinDepth(value: object, levels: number): boolean {
  if (levels === 0) return false;
  for (const inner of Object.values(value) as unknown[]) {
    if (typeof inner === 'object' && inner !== null && !isWithinDepth(inner, levels - 1)) return false;
  }
  return true;
}

/** Sets an own property whatever the key is: assigning `__proto__` would set the prototype and lose the value. */
export function setOwn<T>(target: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}
