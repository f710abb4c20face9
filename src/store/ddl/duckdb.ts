import { sqlText } from '../duckdb.ts';
import { ARCHIVE_COLUMN_NAMES } from '../schema.ts';
import { CASTS, sqlName } from '../types/type-view-sql.ts';
import { DAY_COLUMN, PRINTABLE_ASCII, type DdlInput, type Dialect } from './dialect.ts';

/** A text with characters beyond ASCII is written as bytes, so that nothing invisible is in the statement: of DuckDB's texts none has escapes for them. */
function duckdbText(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return sqlText(text);
  const bytes = (char: string): string => Buffer.from(char).toString('hex').replace(/../g, '\\x$&');
  return `decode(${sqlText(text.replace(/[^\x20-\x7e]|\\/gu, bytes))}::BLOB)`;
}

/** A key as a JSON pointer, in which but for two every character stands for itself. */
const pointer = (key: string): string => duckdbText(`/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);

export const DUCKDB: Dialect = {
  name: sqlName,
  text: duckdbText,
  jsonText: (...keys) => `json_extract_string(metadata, '/${keys.join('/')}')`,
  // All keys in one pass over the metadata: with 20 passes a query over 100,000 messages ran out of memory.
  rows(type, keys) {
    const texts = keys.filter(({ kind }) => kind !== 'json').map(({ key }) => pointer(key));
    const values = keys.filter(({ kind }) => kind === 'json').map(({ key }) => pointer(key));
    const selected = [
      '*',
      ...(texts.length > 0 ? [`json_extract_string(metadata, [${texts.join(', ')}]) AS key_texts`] : []),
      ...(values.length > 0 ? [`json_extract(metadata, [${values.join(', ')}]) AS key_values`] : []),
    ];
    const counts = { texts: 0, values: 0 };
    return {
      from: `(SELECT ${selected.join(', ')} FROM messages WHERE type = ${duckdbText(type)})`,
      values: keys.map(({ kind }) =>
        kind === 'json' ? `key_values[${++counts.values}]` : `key_texts[${++counts.texts}]`,
      ),
    };
  },
  casts: CASTS,
};

/** The folder's files of all days; what a pattern would take for more than itself stands for itself. */
const pattern = (folder: string): string => `${folder.replace(/[[*?]/g, '[$&]')}/${DAY_COLUMN}=*/*.parquet`;

/** The view over the files, which has no partitions to be told of: it looks for them at each query. */
export function duckdbTable({ location }: DdlInput): readonly string[] {
  const files = `read_parquet(${duckdbText(pattern(location))}, hive_partitioning = true, hive_types = {'${DAY_COLUMN}': VARCHAR})`;
  return [
    ...(location.startsWith('s3:') ? ['INSTALL httpfs', 'LOAD httpfs'] : []),
    "SET TimeZone = 'UTC'",
    `CREATE OR REPLACE VIEW messages AS SELECT ${ARCHIVE_COLUMN_NAMES.replace('metadata', 'metadata::JSON AS metadata')}, ${DAY_COLUMN}\nFROM ${files}`,
  ];
}
