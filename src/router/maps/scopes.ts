import { isRecord } from '../../core/json.ts';

/** The functions of a script, by where they stand in it: what engines call them differs, and minifiers rename them. */
export interface Scopes {
  /** Names in the source. */
  readonly names: readonly string[];
  /**
   * Five numbers a function, in the order in which they begin: line and column of its begin, the same of its end, from 0, and the index of its name; -1 for one
   * without.
   */
  readonly functions: readonly number[];
}

/** The key of a source map that holds them. Keys of others begin so: https://tc39.es/ecma426/#sec-source-map-format */
export const SCOPES_KEY = 'x_metlog_scopes';

const NUMBERS = 5;

/** The scopes of a parsed source map; undefined if it has none that can be read. */
export function readScopes(map: unknown): Scopes | undefined {
  const scopes = isRecord(map) ? map[SCOPES_KEY] : undefined;
  if (!isRecord(scopes)) return undefined;
  const { names, functions } = scopes;
  const isGood =
    Array.isArray(names) &&
    names.every((name) => typeof name === 'string') &&
    Array.isArray(functions) &&
    functions.every((number) => typeof number === 'number') &&
    functions.length % NUMBERS === 0;
  return isGood ? { names, functions } : undefined;
}

/** The name of the innermost function around a place, line and column from 0; empty outside of all, and in one without a name. */
export function functionAt({ names, functions }: Scopes, line: number, column: number): string {
  const number = (index: number): number => functions[index] ?? 0;
  const isBefore = (index: number): boolean =>
    number(index) < line || (number(index) === line && number(index + 1) <= column);
  let low = 0;
  let high = functions.length / NUMBERS;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(middle * NUMBERS)) low = middle + 1;
    else high = middle;
  }
  for (let at = (low - 1) * NUMBERS; at >= 0; at -= NUMBERS) {
    if (!isBefore(at + 2)) return names[number(at + 4)] ?? '';
  }
  return '';
}
