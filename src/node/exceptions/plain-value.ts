import { types } from 'node:util';
import { setOwn, type JsonValue } from '../../core/json.ts';
import { wellFormed } from '../../core/well-formed.ts';

/** Nesting that is kept of a variable; what lies deeper is named by its kind. */
const MAX_DEPTH = 3;
/** Entries kept of one object, list, map or set. */
const MAX_ENTRIES = 20;
/** UTF-16 units kept of one text: enough to recognise it. */
const MAX_TEXT_LENGTH = 256;
/** UTF-16 units kept of a key or a class's name. */
const MAX_NAME_LENGTH = 64;
/** To write a larger one in decimals takes time that grows with the square of its length. */
const MAX_BIGINT = 2n ** 256n;

/** The entry that names an object's class, where it is none of the plain ones. */
export const CLASS_KEY = '[class]';

/** Kept of each text at least, in UTF-16 units, when the allowance is used up. */
const MIN_TEXT_LENGTH = 16;

/** How much may still be kept. */
export interface Allowance {
  /** Values, whatever they are. */
  left: number;
  /** UTF-16 units of texts. */
  textLeft: number;
}

/**
 * Any value of a running program as bounded JSON, made without running anything of the program: no getter, no proxy's trap, no `toJSON`, no iterator
 * of its own. What has no JSON is named in brackets. Never throws.
 */
export function plainValue(value: unknown, allowance: Allowance): JsonValue {
  return convert(value, allowance, []);
}

function convert(value: unknown, allowance: Allowance, ancestors: readonly object[]): JsonValue {
  allowance.left -= 1;
  switch (typeof value) {
    case 'string':
      return convertText(value, allowance);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'undefined':
      return '[undefined]';
    case 'bigint':
      return value < MAX_BIGINT && value > -MAX_BIGINT ? `${value}n` : '[bigint]';
    case 'symbol':
      return value === GETTER ? '[getter]' : shortText(String(value), MAX_NAME_LENGTH);
    case 'function':
      return types.isProxy(value) ? '[proxy]' : `[function ${nameOf(value) || 'anonymous'}]`;
    case 'object':
      return value === null ? null : convertObject(value, allowance, ancestors);
  }
}

function convertText(text: string, allowance: Allowance): string {
  const short = shortText(text, Math.max(Math.min(allowance.textLeft, MAX_TEXT_LENGTH), MIN_TEXT_LENGTH));
  allowance.textLeft -= short.length;
  return short;
}

function convertObject(value: object, allowance: Allowance, ancestors: readonly object[]): JsonValue {
  if (types.isProxy(value)) return '[proxy]';
  if (ancestors.includes(value)) return '[circular]';
  const special = convertSpecial(value);
  if (special !== undefined) return special;
  const isList = Array.isArray(value);
  const className = classOf(value);
  if (ancestors.length >= MAX_DEPTH || allowance.left <= 0) return isList ? '[list]' : `[${className || 'Object'}]`;
  const line = [...ancestors, value];
  if (isList) return convertList(value.length, (index) => ownValue(value, String(index)), allowance, line);
  if (types.isSet(value)) {
    const items = firstOf(setValues.call(value));
    return convertList(setSize.call(value), (index) => items[index], allowance, line);
  }
  const isMap = types.isMap(value);
  const entries = isMap ? mapEntriesOf(value) : ownEntriesOf(value);
  return convertEntries(entries, isMap ? 'Map' : className, allowance, line);
}

/** What is told in one word. Their methods are taken from the classes: an object may have others of the same name. */
function convertSpecial(value: object): JsonValue | undefined {
  if (types.isDate(value)) {
    const epochMs = dateTime.call(value);
    return Number.isNaN(epochMs) ? '[Date]' : new Date(epochMs).toISOString();
  }
  if (types.isNativeError(value)) {
    const message = ownValue(value, 'message');
    const text = typeof message === 'string' ? `: ${shortText(message, MAX_TEXT_LENGTH)}` : '';
    return `[${classOf(value) || 'Error'}${text}]`;
  }
  if (types.isRegExp(value)) return shortText(`/${regExpSource.call(value)}/`, MAX_TEXT_LENGTH);
  if (types.isTypedArray(value)) return `[${classOf(value) || 'TypedArray'} ${typedArrayBytes.call(value)}]`;
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return `[${classOf(value) || 'bytes'}]`;
  if (types.isPromise(value)) return '[Promise]';
  return undefined;
}

function convertList(
  length: number,
  at: (index: number) => unknown,
  allowance: Allowance,
  line: readonly object[],
): JsonValue {
  const kept = Math.min(length, MAX_ENTRIES, Math.max(allowance.left, 0));
  const items = Array.from({ length: kept }, (_, index) => convert(at(index), allowance, line));
  return kept === length ? items : [...items, `… ${length - kept} more`];
}

function convertEntries(
  { entries, moreCount }: Entries,
  className: string,
  allowance: Allowance,
  line: readonly object[],
): JsonValue {
  const object: Record<string, JsonValue> = className === '' ? {} : { [CLASS_KEY]: className };
  let left = moreCount;
  for (const [key, inner] of entries) {
    if (allowance.left <= 0) left += 1;
    else setOwn(object, shortText(key, MAX_NAME_LENGTH), convert(inner, allowance, line));
  }
  if (left > 0) object['…'] = `${left} more`;
  return object;
}

interface Entries {
  readonly entries: readonly (readonly [key: string, value: unknown])[];
  readonly moreCount: number;
}

function ownEntriesOf(value: object): Entries {
  const keys = Object.keys(value);
  const entries = keys.slice(0, MAX_ENTRIES).map((key) => [key, ownValue(value, key)] as const);
  return { entries, moreCount: keys.length - entries.length };
}

function mapEntriesOf(value: Map<unknown, unknown>): Entries {
  const entries = firstOf(mapEntries.call(value)).map(([key, inner]) => [keyText(key), inner] as const);
  return { entries, moreCount: mapSize.call(value) - entries.length };
}

function keyText(key: unknown): string {
  if (typeof key === 'string') return key;
  const plain = convert(key, { left: 1, textLeft: MAX_NAME_LENGTH }, []);
  return typeof plain === 'string' ? plain : JSON.stringify(plain);
}

function firstOf<T>(iterator: Iterable<T>): readonly T[] {
  const items: T[] = [];
  for (const item of iterator) {
    items.push(item);
    if (items.length >= MAX_ENTRIES) break;
  }
  return items;
}

/** The own property `key` of what is no proxy; a getter's is not asked for. */
export function ownValue(value: object, key: string): unknown {
  try {
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (!property) return undefined;
    return 'value' in property ? property.value : GETTER;
  } catch {
    return undefined; // a variable that is not there yet, in a scope or a module's namespace
  }
}

/** Stands for the value of a property that would have to be run. */
const GETTER = Symbol();

/** The name of an object's class; empty for a plain object and where there is none. */
function classOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null || prototype === Object.prototype) return '';
  if (types.isProxy(prototype)) return '';
  const maker = ownValue(prototype, 'constructor');
  const name = typeof maker === 'function' && !types.isProxy(maker) ? nameOf(maker) : '';
  return name === 'Object' ? '' : name;
}

function nameOf(value: object): string {
  const name = ownValue(value, 'name');
  return typeof name === 'string' ? shortText(name, MAX_NAME_LENGTH) : '';
}

/** The start of `text`, as a text of its own: a slice would keep the whole in memory. */
function shortText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return wellFormed(text);
  const start = Buffer.from(text.slice(0, maxLength)).toString();
  return `${start}… ${text.length - maxLength} more`;
}

type Getter<T> = (this: unknown) => T;

const getterOf = <T>(prototype: object, key: string): Getter<T> =>
  Object.getOwnPropertyDescriptor(prototype, key)?.get as Getter<T>;

const mapEntries = Map.prototype.entries;
const setValues = Set.prototype.values;
const dateTime = Date.prototype.getTime;
const mapSize = getterOf<number>(Map.prototype, 'size');
const setSize = getterOf<number>(Set.prototype, 'size');
const regExpSource = getterOf<string>(RegExp.prototype, 'source');
const typedArrayBytes = getterOf<number>(Object.getPrototypeOf(Uint8Array.prototype) as object, 'byteLength');
