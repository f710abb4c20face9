import { ARCHIVE_COLUMNS, type ArchiveColumn } from '../schema.ts';
import { booleanCast, PRINTABLE_ASCII, tryCast, type DdlInput, type Dialect } from './dialect.ts';

const TYPES: Readonly<Record<ArchiveColumn['sqlType'], string>> = {
  TIMESTAMP: 'timestamp(6)',
  VARCHAR: 'varchar',
  INTEGER: 'integer',
  BIGINT: 'bigint',
  DOUBLE: 'double',
};

/** A text with characters beyond ASCII is written with their numbers, so that nothing invisible is in the statement. */
function trinoText(text: string): string {
  const quoted = text.replaceAll("'", "''");
  if (PRINTABLE_ASCII.test(text)) return `'${quoted}'`;
  const escaped = quoted
    .replaceAll('\\', '\\\\')
    .replace(/[^\x20-\x7e]/gu, (char) => `\\+${(char.codePointAt(0) ?? 0).toString(16).padStart(6, '0')}`);
  return `U&'${escaped}'`;
}

const trinoName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A key as a JSON path. */
const path = (key: string): string => trinoText(`$["${key.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"]`);

export const TRINO: Dialect = {
  name: trinoName,
  text: trinoText,
  jsonText: (...keys) => `json_extract_scalar(metadata, '$.${keys.join('.')}')`,
  rows: (type, keys) => ({
    from: `messages WHERE "type" = ${trinoText(type)}`,
    values: keys.map(({ key, kind }) => {
      if (kind === 'json') return `json_extract(metadata, ${path(key)})`;
      const scalar = `json_extract_scalar(metadata, ${path(key)})`;
      // A text where an object or a list is found is that as JSON.
      return kind === 'string'
        ? `coalesce(${scalar}, nullif(json_format(json_extract(metadata, ${path(key)})), 'null'))`
        : scalar;
    }),
  }),
  casts: {
    boolean: booleanCast,
    // One NaN or infinity would make every sum over it the same.
    number: (text) => `CASE WHEN is_finite(${tryCast(text, 'double')}) THEN ${tryCast(text, 'double')} END`,
    // A cast alone reads nothing in 1.0 and 1e3.
    integer: (text) =>
      `CASE WHEN ${tryCast(text, 'double')} = floor(${tryCast(text, 'double')}) THEN coalesce(${tryCast(text, 'bigint')}, ${tryCast(tryCast(text, 'double'), 'bigint')}) END`,
    // What names no zone is UTC here, whatever zone the session is in.
    'date-time'(text) {
      const iso = `replace(${text}, ' ', 'T')`;
      const zoned = `CASE WHEN regexp_like(${iso}, 'T[0-9:.]+$') THEN ${iso} || 'Z' ELSE ${iso} END`;
      return `CAST(at_timezone(try(from_iso8601_timestamp_nanos(${zoned})), 'UTC') AS timestamp(6))`;
    },
    date: (text) => tryCast(text, 'date'),
  },
};

/** The table, and how it learns of its days. */
export function trinoTable({ location }: DdlInput): readonly string[] {
  const columns = [
    ...ARCHIVE_COLUMNS.map(({ name, sqlType }) => `  ${trinoName(name)} ${TYPES[sqlType]}`),
    '  dt varchar',
  ];
  return [
    `CREATE TABLE IF NOT EXISTS messages (\n${columns.join(',\n')}\n)\nWITH (\n  format = 'PARQUET',\n  partitioned_by = ARRAY['dt'],\n  external_location = ${trinoText(location)}\n)`,
    `CALL system.sync_partition_metadata(current_schema, 'messages', 'FULL')`,
  ];
}
