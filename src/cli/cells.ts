import type { QueryResult } from '../store/query.ts';
import { coloured } from './colours.ts';
import { clipped, safeText, textWidth } from './terminal-text.ts';

/** A value of a row, or what stands for one that the row has not. */
export type Cell = QueryResult['rows'][number][string] | undefined;

/** What rows are written to. */
export interface TableTarget {
  /** Width of the terminal; without, nothing is cut. */
  readonly columns?: number | undefined;
  readonly isColoured?: boolean | undefined;
}

const NO_VALUE = 'NULL';

const isNothing = (value: Cell): value is null | undefined => value === null || value === undefined;

/** A value as text: what is not text is JSON, and no value is nothing. */
export function cellText(value: Cell): string {
  if (isNothing(value)) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A value as a terminal may have it. That there is none is said, unlike that a text is empty. */
export const shownCell = (value: Cell): string => (isNothing(value) ? NO_VALUE : safeText(cellText(value)));

/** `text` of a cell of `value`, with what is no value made dim where there are colours. */
export const painted = (text: string, value: Cell, { isColoured = false }: TableTarget): string =>
  isColoured && isNothing(value) ? text.replace(NO_VALUE, (name) => coloured('dim', name)) : text;

/** `text` filled up with spaces to `width` columns of a terminal. */
export function padded(text: string, width: number, toTheRight: boolean): string {
  const space = ' '.repeat(Math.max(0, width - textWidth(text, width)));
  return toTheRight ? space + text : text + space;
}

/** `text` cut and filled up to exactly `width` columns. */
export const fitted = (text: string, width: number, toTheRight: boolean): string =>
  padded(clipped(text, width), width, toTheRight);
