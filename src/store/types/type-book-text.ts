import { isColumnKey, isColumnKind, MAX_COLUMNS, type ColumnKind } from '../../core/column-kind.ts';
import { isRecord, parseJson } from '../../core/json.ts';
import { isName } from '../../core/name.ts';
import { TYPE_REFUSALS } from '../../core/registered-type.ts';
import { EMPTY_BOOK, MAX_REFUSED, refusalOf, type RefusedType, type TypeBook } from './type-book.ts';

/** The book as text, which `readBook` reads. */
export function bookText({ configured, announced, refused }: TypeBook): string {
  return `${JSON.stringify({
    version: 1,
    configured: [...configured].map(([type, columns]) => ({ type, columns: [...columns] })),
    announced: [...announced].map(([type, { columns, ...times }]) => ({
      type,
      ...times,
      columns: [...columns].map(([key, { kind, sinceMs }]) => [key, kind, sinceMs]),
    })),
    refused: [...refused].map(([type, { reason, count }]) => ({ type, reason, count })),
  })}\n`;
}

/** The book in `text`; undefined if it is none. What is in it and should not be is left out: who reads it makes views of it, and did not write it. */
export function readBook(text: string): TypeBook | undefined {
  const value = parseJson(text);
  if (!isRecord(value) || value['version'] !== 1) return undefined;
  let book = EMPTY_BOOK;
  for (const { type, entry } of entriesOf(value['configured'])) {
    const columns = new Map(columnsOf(entry).map(([key, kind]) => [key, kind]));
    if (refusalOf(book, type) === undefined)
      book = { ...book, configured: new Map(book.configured).set(type, columns) };
  }
  for (const { type, entry } of entriesOf(value['announced'])) {
    const columns = new Map(columnsOf(entry).map(([key, kind, sinceMs]) => [key, { kind, sinceMs }]));
    const known = { firstMs: numberOf(entry['firstMs']), lastDayMs: numberOf(entry['lastDayMs']), columns };
    if (refusalOf(book, type) === undefined) book = { ...book, announced: new Map(book.announced).set(type, known) };
  }
  const refused = new Map<string, RefusedType>();
  for (const { type, entry } of entriesOf(value['refused']).slice(0, MAX_REFUSED)) {
    const reason = TYPE_REFUSALS.find((one) => one === entry['reason']);
    if (reason !== undefined) refused.set(type, { reason, count: numberOf(entry['count']) });
  }
  return { ...book, refused };
}

type Entry = Readonly<Record<string, unknown>>;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const numberOf = (value: unknown): number => (typeof value === 'number' && value >= 0 ? value : 0);

const entriesOf = (value: unknown): readonly { readonly type: string; readonly entry: Entry }[] =>
  listOf(value).flatMap((entry) => {
    const type = isRecord(entry) ? entry['type'] : undefined;
    return isRecord(entry) && isName(type) ? [{ type, entry }] : [];
  });

const columnsOf = (entry: Entry): readonly (readonly [string, ColumnKind, number])[] =>
  listOf(entry['columns'])
    .slice(0, MAX_COLUMNS)
    .flatMap((column) => {
      const [key, kind, sinceMs] = listOf(column);
      return typeof key === 'string' && isColumnKey(key) && isColumnKind(kind)
        ? [[key, kind, numberOf(sinceMs)] as const]
        : [];
    });
