import { ARCHIVE_COLUMNS } from '../schema.ts';
import { booleanCast, tryCast, type DdlInput, type Dialect } from './dialect.ts';
import { HIVE_TYPES, hiveJsonText, hiveName, hivePartitions, hiveRows, hiveText } from './hive-text.ts';

/** A cast alone would fail the query, since Spark 4, for what it cannot read. */
export const SPARK: Dialect = {
  name: hiveName,
  text: hiveText,
  jsonText: hiveJsonText,
  rows: hiveRows,
  casts: {
    boolean: booleanCast,
    // One NaN or infinity would make every sum over it the same. NaN is larger than all else here.
    number: (text) =>
      `CASE WHEN abs(${tryCast(text, 'DOUBLE')}) <= 1.7976931348623157E308D THEN ${tryCast(text, 'DOUBLE')} END`,
    // A cast alone would cut 12.5 to 12, and read nothing in 1e3.
    integer: (text) =>
      `CASE WHEN ${tryCast(text, 'DOUBLE')} = floor(${tryCast(text, 'DOUBLE')}) THEN ${tryCast(tryCast(text, 'DECIMAL(38, 0)'), 'BIGINT')} END`,
    // What names no zone is UTC here, whatever zone the session is in.
    'date-time': (text) =>
      tryCast(
        `CASE WHEN ${text} RLIKE ${hiveText('[T ][0-9:.]+$')} THEN concat(${text}, 'Z') ELSE ${text} END`,
        'TIMESTAMP',
      ),
    date: (text) => tryCast(text, 'DATE'),
  },
};

/** The table, and how it learns of its days. */
export function sparkTable({ location, days }: DdlInput): readonly string[] {
  const columns = [
    ...ARCHIVE_COLUMNS.map(({ name, sqlType }) => `  ${hiveName(name)} ${HIVE_TYPES[sqlType]}`),
    '  dt STRING',
  ];
  return [
    `CREATE TABLE IF NOT EXISTS messages (\n${columns.join(',\n')}\n)\nUSING parquet\nPARTITIONED BY (dt)\nLOCATION ${hiveText(location)}`,
    ...hivePartitions(days),
  ];
}
