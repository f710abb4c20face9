import { textOf } from './text-of.ts';
import { isError } from './is-error.ts';
import { setOwn, type JsonObject, type JsonValue } from './json.ts';
import { wellFormed } from './well-formed.ts';

/** Nesting that is kept; what lies deeper becomes `[object]` or `[array]`. */
const MAX_DEPTH = 10;
/** Values that are kept of one thing handed in: an ORM's object graph must not become a megabyte. */
const MAX_VALUES = 2_000;
/** UTF-16 units that are kept of one string. */
const MAX_STRING_LENGTH = 32_768;
/** UTF-16 units that are kept of all strings together: what the largest message can carry. */
const MAX_TEXT_LENGTH = 1024 * 1024;

export interface Bounded<T extends JsonValue> {
  readonly value: T;
  /** Whether something was left out to keep the bounds. */
  readonly truncated: boolean;
}

/** Strings up to this length are looked through for what needs care rather than converted. */
const SHORT_LENGTH = 256;

/** Whether `value` is what most metadata is, a literal of a few short texts, numbers and flags, none of them secret: a copy of it is all that is needed. */
function isFlat(value: unknown, isSecret: IsSecret): value is JsonObject {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  let keys = 0;
  for (const key in value) {
    keys += 1;
    if (keys > 32 || isSecret(key) || !isSimple((value as Record<string, unknown>)[key]) || !isSimple(key))
      return false;
  }
  return !('toJSON' in value);
}

function isSimple(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= SHORT_LENGTH && !SURROGATE.test(value);
  return typeof value === 'number' ? Number.isFinite(value) : typeof value === 'boolean';
}

const SURROGATE = /[\ud800-\udfff]/;

/** Whether the value at `key` must not leave. */
export type IsSecret = (key: string) => boolean;

export const REDACTED = '[redacted]';

/**
 * Any value as bounded JSON: dates, errors, maps, sets, big integers and `toJSON` as a reader would expect; functions and symbols left out.
 * Values under secret keys become `[redacted]`. Throws on a cycle, and whatever a getter or a `toJSON` throws.
 */
export function toBoundedJson(value: Readonly<Record<string, unknown>>, isSecret: IsSecret): Bounded<JsonObject>;
export function toBoundedJson(value: unknown, isSecret: IsSecret): Bounded<JsonValue>;
export function toBoundedJson(value: unknown, isSecret: IsSecret): Bounded<JsonValue> {
  if (isFlat(value, isSecret)) return { value: { ...value }, truncated: false };
  const ancestors: object[] = [];
  let left = MAX_VALUES;
  let textLeft = MAX_TEXT_LENGTH;
  let truncated = false;

  function text(given: string): string {
    const kept = Math.min(given.length, MAX_STRING_LENGTH, textLeft);
    textLeft -= kept;
    if (kept === given.length) return wellFormed(given);
    truncated = true;
    return wellFormed(given.slice(0, kept)) + '…';
  }

  function convert(given: unknown): JsonValue | undefined {
    left -= 1;
    switch (typeof given) {
      case 'string':
        return text(given);
      case 'number':
        return Number.isFinite(given) ? given : null;
      case 'boolean':
        return given;
      case 'bigint':
        return given.toString();
      case 'object':
        return given === null ? null : convertObject(given);
      default:
        return undefined; // functions, symbols and undefined have no JSON
    }
  }

  function convertObject(given: object): JsonValue | undefined {
    if (ancestors.includes(given)) throw new TypeError('it contains itself');
    if (ancestors.length >= MAX_DEPTH) {
      truncated = true;
      return Array.isArray(given) ? '[array]' : '[object]';
    }
    ancestors.push(given);
    const converted = convertByKind(given);
    ancestors.pop();
    return converted;
  }

  function convertByKind(given: object): JsonValue | undefined {
    if (Array.isArray(given)) return convertList(given);
    if (given instanceof Date) return Number.isNaN(given.getTime()) ? null : given.toISOString();
    if (isError(given)) return convertError(given);
    if (ArrayBuffer.isView(given) || given instanceof ArrayBuffer)
      return `[${given.constructor.name} ${given.byteLength}]`; // before toJSON, as a Buffer's lists its bytes
    if ('toJSON' in given && typeof given.toJSON === 'function') return convert((given.toJSON as () => unknown)());
    if (given instanceof Map) return convertEntries(given);
    if (given instanceof Set) return convertList(given);
    if (given instanceof RegExp) return text(String(given));
    return convertEntries(Object.entries(given));
  }

  function convertList(list: Iterable<unknown>): JsonValue {
    const items: JsonValue[] = [];
    for (const item of list) {
      if (left <= 0) {
        truncated = true;
        break;
      }
      items.push(convert(item) ?? null);
    }
    return items;
  }

  function convertEntries(entries: Iterable<readonly [unknown, unknown]>): JsonObject {
    const object: Record<string, JsonValue> = {};
    for (const [key, inner] of entries) {
      if (left <= 0) {
        truncated = true;
        break;
      }
      const keyText = text(typeof key === 'string' ? key : textOf(key));
      const converted = isSecret(keyText) ? REDACTED : convert(inner);
      if (converted !== undefined) setOwn(object, keyText, converted);
    }
    return object;
  }

  function convertError(error: Error): JsonValue {
    return convertEntries([
      ['name', error.name],
      ['message', error.message],
      ['stack', error.stack],
      ...Object.entries(error),
    ]);
  }

  const converted = convert(value) ?? null;
  return { value: converted, truncated };
}
