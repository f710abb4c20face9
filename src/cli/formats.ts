import type { QueryResult } from '../store/query.ts';
import { cellText, type Cell } from './cells.ts';
import { formatTable } from './table.ts';
import { safeJson, safeText } from './terminal-text.ts';

export const FORMATS = ['table', 'json', 'csv', 'ndjson'] as const;
export type Format = (typeof FORMATS)[number];

/** What the rows are written to. */
export interface Target {
  readonly isTerminal: boolean;
  /** Width of the terminal, if it is one that tells. */
  readonly columns?: number | undefined;
  readonly isColoured?: boolean | undefined;
}

/** The rows as text in `format`, ending in a newline if there is any. Whatever the messages hold, no terminal acts on it. */
export function formatRows(result: QueryResult, format: Format, target: Target): string {
  switch (format) {
    case 'table':
      return formatTable(result, target.isTerminal ? target : { isColoured: target.isColoured });
    case 'json':
      return result.rows.length === 0 ? '[]\n' : `[\n${result.rows.map(jsonRow).join(',\n')}\n]\n`;
    case 'ndjson':
      return result.rows.map((row) => `${jsonRow(row)}\n`).join('');
    case 'csv':
      return formatCsv(result, target.isTerminal ? safeText : (text) => text);
  }
}

const jsonRow = (row: QueryResult['rows'][number]): string => safeJson(JSON.stringify(row));

/** RFC 4180: a header, CRLF, quotes where needed, and around empty text, which is not NULL. A file gets the values as they are; a terminal does not obey them (`made`). */
function formatCsv(result: QueryResult, made: (text: string) => string): string {
  const names = result.columns.map(({ name }) => name);
  const records = [names, ...result.rows.map((row) => names.map((name) => row[name]))];
  return records.map((record) => `${record.map((value) => csvField(value, made)).join(',')}\r\n`).join('');
}

function csvField(value: Cell, made: (text: string) => string): string {
  const text = made(cellText(value));
  return value === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
