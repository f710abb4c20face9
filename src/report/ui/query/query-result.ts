import type { QueryAnswer } from '../../api/query.ts';

export type QueryResult = QueryAnswer;

/** Whether values of this type of DuckDB are numbers, to be ranged right and drawn. */
export const isNumeric = (type: string): boolean =>
  /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|DOUBLE|FLOAT|DECIMAL\(.*\))$/.test(type);

export const isTime = (type: string): boolean => /^(?:TIMESTAMP|DATE)/.test(type);

/** A value as the table shows it; null stands for SQL's NULL. */
export function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** RFC 4180, with a header; NULL is an empty field. A text that a spreadsheet would take for a formula stays as it is: the file is data. */
export function toCsv({ columns, rows }: Pick<QueryResult, 'columns' | 'rows'>): string {
  const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = rows.map((row) => columns.map(({ name }) => field(cellText(row[name]) ?? '')).join(','));
  return [columns.map(({ name }) => field(name)).join(','), ...lines, ''].join('\r\n');
}

/** An array of objects, one row a line. */
export const toJson = ({ rows }: Pick<QueryResult, 'rows'>): string =>
  `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`;
