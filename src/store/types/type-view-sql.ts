import type { ColumnKind } from '../../core/column-kind.ts';
import { sqlText } from '../duckdb.ts';
import { LEADING_COLUMNS, TRAILING_COLUMNS, type RegisteredType, type TypeColumn } from './registered-types.ts';

/** `name` as an SQL identifier. */
export const sqlName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** What a text must be like, beside that DuckDB can cast it, and how it is cast. */
export const CASTS: Readonly<Record<Exclude<ColumnKind, 'json'>, (text: string) => string>> = {
  string: (text) => text,
  boolean: (text) => `try_cast(${text} AS BOOLEAN)`,
  // One NaN or infinity would make every sum over it the same.
  number: (text) => `CASE WHEN isfinite(try_cast(${text} AS DOUBLE)) THEN try_cast(${text} AS DOUBLE) END`,
  // A cast alone would round 12.5 to 13.
  integer: (text) =>
    `CASE WHEN try_cast(${text} AS DOUBLE) = floor(try_cast(${text} AS DOUBLE)) THEN try_cast(${text} AS BIGINT) END`,
  // The store's zone is UTC, and so is what names none. A cast to TIMESTAMP would pass over a zone that is named.
  'date-time': (text) => `timezone('UTC', try_cast(${text} AS TIMESTAMPTZ))`,
  date: (text) => `try_cast(${text} AS DATE)`,
};

/** A column, as expressions over what `messagesSql` selects. */
export interface ColumnSql {
  readonly column: TypeColumn;
  /** The value: of the key's kind, or NULL where it cannot be. */
  readonly value: string;
  /** Whether there is a value, which is none of this kind; undefined where every value is. */
  readonly misfit: string | undefined;
}

/** The columns of a type, in their order. */
export function columnsSql(columns: readonly TypeColumn[]): readonly ColumnSql[] {
  const counts = { texts: 0, values: 0 };
  return columns.map((column) => {
    if (column.kind === 'json') return { column, value: `message.json_values[${++counts.values}]`, misfit: undefined };
    const text = `message.texts[${++counts.texts}]`;
    const value = CASTS[column.kind](text);
    return {
      column,
      value,
      misfit: column.kind === 'string' ? undefined : `(${text} IS NOT NULL AND (${value}) IS NULL)`,
    };
  });
}

/**
 * A type's messages, to stand after FROM. What its columns need of the metadata is taken out in one pass over it: from three columns on that is faster than a pass
 * for each, and with 20 of those a query over 100,000 messages ran out of memory.
 */
export function messagesSql({ type, columns }: RegisteredType): string {
  const texts = columns.filter(({ kind }) => kind !== 'json').map(pointer);
  const values = columns.filter(({ kind }) => kind === 'json').map(pointer);
  const selected = [
    '*',
    ...(texts.length > 0 ? [`json_extract_string(metadata, [${texts.join(', ')}]) AS texts`] : []),
    ...(values.length > 0 ? [`json_extract(metadata, [${values.join(', ')}]) AS json_values`] : []),
  ];
  return `(SELECT ${selected.join(', ')} FROM messages WHERE type = ${sqlText(type)}) AS message`;
}

/** A key as a JSON pointer, in which but for two every character stands for itself. */
const pointer = ({ key }: TypeColumn): string => sqlText(`/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);

/** The statement that makes a type's view, or makes it anew. It stands on `messages` and so follows it. Nothing of the type is in it but as a quoted name or text. */
export function typeViewSql(type: RegisteredType): string {
  const common = (names: readonly string[]): string[] => names.map((name) => `message.${name}`);
  const own = columnsSql(type.columns).map(({ column, value }) => `${value} AS ${sqlName(column.name)}`);
  const selected = [...common(LEADING_COLUMNS), ...own, ...common(TRAILING_COLUMNS)];
  return `CREATE OR REPLACE VIEW ${sqlName(type.view)} AS SELECT ${selected.join(', ')} FROM ${messagesSql(type)}`;
}
