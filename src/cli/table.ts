import type { QueryResult } from '../store/query.ts';
import { clipped, safeText, textWidth } from './terminal-text.ts';

type JsonCell = QueryResult['rows'][number][string] | undefined;

/** A column is never made narrower than this to fit a terminal. */
const MIN_COLUMN_WIDTH = 8;
const GAP = '  ';

/** A value as text: what is not text is JSON, and no value is nothing. */
export function cellText(value: JsonCell): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * The rows as columns under their names, numbers to the right. Nothing in it can move a terminal's cursor. With `columns`, the widest columns are cut
 * until a row fits; without, nothing is.
 */
export function formatTable(result: QueryResult, columns?: number): string {
  const names = result.columns.map(({ name }) => name);
  const cells = [names.map(safeText), ...result.rows.map((row) => names.map((name) => safeText(cellText(row[name]))))];
  const right = names.map(
    (name) => result.rows.every((row) => isNumeric(row[name])) && result.rows.some((row) => row[name] !== null),
  );
  const wanted = names.map((_, index) => Math.max(1, ...cells.map((row) => textWidth(row[index] ?? ''))));
  const widths = columns === undefined ? wanted : fitted(wanted, columns);
  const [head = [], ...body] = cells.map((row) =>
    row.map((cell, index) => padded(clipped(cell, widths[index] ?? 0), widths[index] ?? 0, right[index] ?? false)),
  );
  const rule = widths.map((width) => '─'.repeat(width));
  return [head, rule, ...body].map((row) => `${row.join(GAP).trimEnd()}\n`).join('');
}

const isNumeric = (value: JsonCell): boolean => value === null || typeof value === 'number';

/** `text` filled up with spaces to `width` columns of a terminal. */
export function padded(text: string, width: number, toTheRight: boolean): string {
  const space = ' '.repeat(Math.max(0, width - textWidth(text)));
  return toTheRight ? space + text : text + space;
}

/** The widths, the widest lowered until all fit into `columns`. */
function fitted(wanted: readonly number[], columns: number): readonly number[] {
  const room = columns - GAP.length * (wanted.length - 1);
  const total = (limit: number): number => wanted.reduce((sum, width) => sum + Math.min(width, limit), 0);
  let limit = Math.max(...wanted, MIN_COLUMN_WIDTH);
  while (limit > MIN_COLUMN_WIDTH && total(limit) > room) limit--;
  return wanted.map((width) => Math.min(width, limit));
}
