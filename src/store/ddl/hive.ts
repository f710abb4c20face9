import { ARCHIVE_COLUMNS } from '../schema.ts';
import { booleanCast, type DdlInput, type Dialect } from './dialect.ts';
import { HIVE_TYPES, hiveJsonText, hiveName, hivePartitions, hiveRows, hiveText } from './hive-text.ts';

/** A day, a time of day, and the zone: what ISO 8601 and RFC 3339 write. */
const INSTANT = hiveText(
  '^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?)([Zz]|([+-][0-9]{2}:[0-9]{2}))?$',
);

/** Hive's casts give NULL for what they cannot read, with these exceptions. */
export const HIVE: Dialect = {
  name: hiveName,
  text: hiveText,
  jsonText: hiveJsonText,
  rows: hiveRows,
  casts: {
    // Every text but a few would be true.
    boolean: booleanCast,
    // One NaN or infinity would make every sum over it the same.
    number: (text) =>
      `CASE WHEN abs(CAST(${text} AS DOUBLE)) <= 1.7976931348623157E308 THEN CAST(${text} AS DOUBLE) END`,
    // A cast alone would cut 12.5 to 12, and read nothing in 1e3. Hive refuses to compare a DOUBLE with the BIGINT that `floor` gives.
    integer: (text) =>
      `CASE WHEN CAST(${text} AS DOUBLE) = CAST(floor(CAST(${text} AS DOUBLE)) AS DOUBLE) THEN CAST(CAST(${text} AS DECIMAL(38, 0)) AS BIGINT) END`,
    // A cast alone would pass over the zone.
    'date-time': (text) =>
      `to_utc_timestamp(CAST(concat(regexp_extract(${text}, ${INSTANT}, 1), ' ', regexp_extract(${text}, ${INSTANT}, 2)) AS TIMESTAMP), concat('GMT', coalesce(regexp_extract(${text}, ${INSTANT}, 5), '')))`,
    date: (text) => `CAST(${text} AS DATE)`,
  },
};

/** The table, and how it learns of its days. */
export function hiveTable({ location, days }: DdlInput): readonly string[] {
  const columns = ARCHIVE_COLUMNS.map(({ name, sqlType }) => `  ${hiveName(name)} ${HIVE_TYPES[sqlType]}`);
  return [
    `CREATE EXTERNAL TABLE IF NOT EXISTS messages (\n${columns.join(',\n')}\n)\nPARTITIONED BY (dt STRING)\nSTORED AS PARQUET\nLOCATION ${hiveText(location)}`,
    ...hivePartitions(days),
  ];
}
