import type { DuckDBConnection } from '@duckdb/node-api';
import * as z from 'zod/mini';
import { readParquet } from '../duckdb.ts';

/** Some rows of an archive's files: a condition, and the values of its parameters. */
export interface SortRange {
  readonly where: string;
  readonly values: readonly string[];
}

export interface SortRangeOptions {
  /** Rows of the files, at most. */
  readonly rows: number;
  /** Ranges to have at least. */
  readonly count: number;
  /** Most bytes of a range, as values lie in memory; by the sample, so that one may have somewhat more. */
  readonly bytes: number;
}

/** Where a range begins. A name of null is behind all others. */
const keySchema = z.object({ type: z.string(), name: z.nullable(z.string()), timestamp: z.string() });
type Key = z.infer<typeof keySchema>;

const SAMPLE_ROWS = 10_000;
/** Of the columns that are numbers, and of short texts. */
const ROW_BYTES = 100;

/**
 * Divides the rows of these files by what they are sorted by, each row into one range, so that sorting range after range is sorting all. Where to divide is taken from a sample, the same for the same
 * files: 0.06 µs of CPU a row.
 */
export async function sortRanges(
  connection: DuckDBConnection,
  paths: readonly string[],
  { rows, count, bytes }: SortRangeOptions,
): Promise<readonly SortRange[]> {
  const reader = await connection.runAndReadAll(
    `WITH sample AS (
       SELECT type, name, timestamp, ${ROW_BYTES} + coalesce(strlen(payload), 0) + coalesce(strlen(metadata), 0) AS bytes
       FROM ${readParquet(paths)} USING SAMPLE reservoir(${SAMPLE_ROWS} ROWS) REPEATABLE (1)
     ), placed AS (
       SELECT *, sum(bytes) OVER (ORDER BY type, name, timestamp ROWS UNBOUNDED PRECEDING) - bytes AS before,
         sum(bytes) OVER () AS total, greatest($2, ceil(avg(bytes) OVER () * $1 / $3)) AS ranges
       FROM sample
     )
     SELECT type, name, timestamp::VARCHAR AS timestamp FROM placed WHERE before * ranges >= total
     QUALIFY row_number() OVER (PARTITION BY floor(before * ranges / total) ORDER BY before) = 1 ORDER BY before`,
    [rows, count, bytes],
  );
  const starts = z.array(keySchema).parse(reader.getRowObjectsJson());
  return [undefined, ...starts].map((from, index) => rangeOf(from, starts[index]));
}

/** `type`, and of a single type the name, is compared by itself as well, so that whole row groups are passed over. */
function rangeOf(from: Key | undefined, to: Key | undefined): SortRange {
  const values: string[] = [];
  const bind = (value: string): string => `$${values.push(value)}`;
  const isAtLeast = ({ type, name, timestamp }: Key): string => {
    const [ofType, time] = [bind(type), `${bind(timestamp)}::TIMESTAMP`];
    if (name === null) return `(type > ${ofType} OR (type = ${ofType} AND name IS NULL AND timestamp >= ${time}))`;
    const ofName = bind(name);
    return `(type > ${ofType} OR (type = ${ofType} AND (name > ${ofName} OR name IS NULL OR (name = ${ofName} AND timestamp >= ${time}))))`;
  };
  const conditions: string[] = [];
  if (from !== undefined) conditions.push(`type >= ${bind(from.type)}`, isAtLeast(from));
  if (to !== undefined) conditions.push(`type <= ${bind(to.type)}`, `NOT ${isAtLeast(to)}`);
  if (from !== undefined && from.name !== null && from.type === to?.type && to.name !== null)
    conditions.push(`name BETWEEN ${bind(from.name)} AND ${bind(to.name)}`);
  return { where: conditions.length === 0 ? 'true' : conditions.join(' AND '), values };
}
