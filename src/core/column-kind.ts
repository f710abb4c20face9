import { wellFormed } from './well-formed.ts';

/** What a registered type's key holds, as JSON Schema names it, and so what its column in the type's view is. */
export const COLUMN_KINDS = ['number', 'integer', 'boolean', 'string', 'date-time', 'date', 'json'] as const;

export type ColumnKind = (typeof COLUMN_KINDS)[number];

/** The keys of a registered type's metadata. */
export type Columns = ReadonlyMap<string, ColumnKind>;

/** Keys of one type: what a person can still read. Each is a part of a statement that is parsed for each change. */
export const MAX_COLUMNS = 100;
/** Longest key, in UTF-16 units. */
const MAX_KEY_LENGTH = 128;
/** SQL's text ends at a NUL, and no other control character is meant to be in a name. */
const CONTROL = /\p{Cc}/u;

export const isColumnKind = (value: unknown): value is ColumnKind => COLUMN_KINDS.some((kind) => kind === value);

/** Whether a key can be a column. */
export const isColumnKey = (key: string): boolean =>
  key.length > 0 && key.length <= MAX_KEY_LENGTH && !CONTROL.test(key) && wellFormed(key) === key;

/** The kind that holds the values of both. */
export function joinKinds(one: ColumnKind, other: ColumnKind): ColumnKind {
  if (one === other) return one;
  const both = [one, other];
  if (both.includes('json')) return 'json';
  if (both.includes('number') && both.includes('integer')) return 'number';
  return 'string';
}
