import type { ColumnKind } from '../core/column-kind.ts';
import { sqlText } from './duckdb.ts';
import { LEADING_COLUMNS, TRAILING_COLUMNS, type RegisteredType, type TypeColumn } from './registered-types.ts';

/** `name` as an SQL identifier. */
export const sqlName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The value's text at a key of the metadata; NULL where there is none, and where it is null. As a JSON pointer, in which but for two every character stands for itself. */
export const valueText = ({ key }: TypeColumn): string => `(metadata->>${pointer(key)})`;

const pointer = (key: string): string => sqlText(`/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);

/** What a text must be like, beside that DuckDB can cast it, and how it is cast. */
const CASTS: Readonly<Record<Exclude<ColumnKind, 'json'>, (text: string) => string>> = {
  string: (text) => text,
  boolean: (text) => `try_cast(${text} AS BOOLEAN)`,
  // One NaN or infinity would make every sum over it the same.
  number: (text) => `CASE WHEN isfinite(try_cast(${text} AS DOUBLE)) THEN try_cast(${text} AS DOUBLE) END`,
  // A cast alone would round 12.5 to 13.
  integer: (text) =>
    `CASE WHEN try_cast(${text} AS DOUBLE) = floor(try_cast(${text} AS DOUBLE)) THEN try_cast(${text} AS BIGINT) END`,
  // Without a zone it is UTC. A cast alone would pass over a zone that is another.
  'date-time': (text) => `CASE WHEN regexp_matches(${text}, ':.*[+-]\\d\\d:?\\d\\d$')
    THEN timezone('UTC', try_cast(${text} AS TIMESTAMPTZ)) ELSE try_cast(${text} AS TIMESTAMP) END`,
  date: (text) => `try_cast(${text} AS DATE)`,
};

/** The value of a column: of the key's kind, or NULL where it cannot be. */
export const columnSql = (column: TypeColumn): string =>
  column.kind === 'json' ? `(metadata->${pointer(column.key)})` : CASTS[column.kind](valueText(column));

/** The statement that makes a type's view, or makes it anew. It stands on `messages` and so follows it. Nothing of the type is in it but as a quoted name or text. */
export function typeViewSql({ type, view, columns }: RegisteredType): string {
  const own = columns.map((column) => `${columnSql(column)} AS ${sqlName(column.name)}`);
  const selected = [...LEADING_COLUMNS, ...own, ...TRAILING_COLUMNS].join(', ');
  return `CREATE OR REPLACE VIEW ${sqlName(view)} AS SELECT ${selected} FROM messages WHERE type = ${sqlText(type)}`;
}
