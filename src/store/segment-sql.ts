import { MAX_LINE_BYTES } from '../core/journal-format.ts';
import { sqlText } from './duckdb.ts';
import { rowTestSql, type RowTest } from './messages/row-test-sql.ts';
import { ARCHIVE_COLUMNS } from './schema.ts';

/** All text, so that one value of the wrong type becomes null below instead of failing the file. */
const LINE_COLUMNS = [
  'metlog',
  'type',
  'timestamp',
  'received',
  'logger',
  'severity',
  'payload',
  'hostname',
  'pid',
  'sender',
  'seq',
];

/** Of the header; read only where something asks for them, as each column costs a little. */
const TEST_COLUMNS = ['key', 'via'];

/** What is lifted out of the metadata, in one pass over it. */
const METADATA_PATHS = ['$.name', '$.rate', '$.exception.fingerprint', '$.exception.type'];

/** One NaN or infinity would make every sum over it the same. */
const finite = (number: string): string => `CASE WHEN isfinite(${number}) THEN ${number} END`;

const EXPRESSIONS: Readonly<Record<string, string>> = {
  timestamp: 'try_cast(line.timestamp AS TIMESTAMP)',
  received: 'header.received',
  type: 'line.type',
  logger: 'coalesce(line.logger, header.logger)',
  severity: 'try_cast(line.severity AS INTEGER)',
  payload: 'line.payload',
  hostname: 'header.hostname',
  pid: 'header.pid',
  sender: 'header.sender',
  seq: 'header.seq + (line.row - header.row - 1)',
  name: 'lifted[1]',
  value: finite('line.number'),
  rate: finite('try_cast(lifted[2] AS DOUBLE)'),
  fingerprint: 'lifted[3]',
  error_type: 'lifted[4]',
  metadata: 'line.metadata::VARCHAR',
};

/** Which rows are taken. */
export interface Choice {
  /** Rows that pass are left out. @default none */
  readonly except?: RowTest;
  /** Rows that do not pass are left out. @default none */
  readonly only?: RowTest;
  /** Messages in the segment, those left out too: the query fails if there are not as many. */
  readonly count: number;
}

/**
 * The rows of a journal segment, in the file's order, with the columns of the archive.
 *
 * A running count of headers numbers the blocks, and each line is joined with its block's header. Both are streamed: the order is the file's
 * as long as the optimizer does not turn the join around (`ORDERED_SETTINGS`).
 */
export function segmentRowsSql(path: string, choice?: Choice): string {
  const testColumns = choice === undefined ? [] : TEST_COLUMNS;
  const columns = [...[...LINE_COLUMNS, ...testColumns].map((name) => `${name}: 'VARCHAR'`), "metadata: 'JSON'"].join(
    ', ',
  );
  const selected = ARCHIVE_COLUMNS.map(({ name }) => `${EXPRESSIONS[name] ?? 'NULL'} AS ${name}`).join(',\n  ');
  return `WITH lines AS MATERIALIZED (
  SELECT *, count(metlog) OVER (ROWS UNBOUNDED PRECEDING) AS block, row_number() OVER () AS row
  FROM read_json(${sqlText(path)}, format = 'newline_delimited', auto_detect = false,
    maximum_object_size = ${MAX_LINE_BYTES}, columns = {${columns}})
), headers AS (
  SELECT block, row, try_cast(received AS TIMESTAMP) AS received, logger, hostname, try_cast(pid AS BIGINT) AS pid, sender,
    try_cast(seq AS BIGINT) AS seq${testColumns.map((name) => `, ${name}`).join('')}
  FROM lines WHERE metlog IS NOT NULL
), messages AS (
  SELECT *, json_extract_string(metadata, [${METADATA_PATHS.map(sqlText).join(', ')}]) AS lifted,
    CASE WHEN type IN ('counter', 'timer', 'gauge') THEN try_cast(payload AS DOUBLE) END AS number
  FROM lines WHERE metlog IS NULL
)
SELECT
  ${selected}
FROM messages AS line LEFT JOIN headers AS header ON line.block = header.block
${choice === undefined ? '' : choiceSql(choice)}`;
}

/** The count comes out of the lines that were read anyway; reading the file again for it would cost as much as all the rest. */
const choiceSql = ({ only, except = [], count }: Choice): string =>
  `WHERE ${only === undefined ? 'TRUE' : rowTestSql(only)} AND NOT ${rowTestSql(except)} AND (
  SELECT CASE WHEN count(*) = ${count} THEN TRUE
    ELSE error('holds ' || count(*) || ' messages where the journal counted ${count}') END
  FROM lines WHERE metlog IS NULL
)`;

/** Keeps the messages on the streaming side of the join, and so in order. */
export const ORDERED_SETTINGS = "SET disabled_optimizers = 'join_order,build_side_probe_side'";
