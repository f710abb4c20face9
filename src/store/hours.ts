import { companionPath, listCompanions, type Companion } from './merge/companions.ts';
import { readParquet } from './duckdb.ts';
import type { ArchiveFile, ArchiveFileName } from './layout.ts';
import { ESTIMATED_SQL, WEIGHT_SQL } from './sampling-sql.ts';

/**
 * What each hour holds, counted once for all: beside every file that has left `_recent` lies a small one of the same name, with a row for each hour, type,
 * name, logger and so on. A report over a week reads some 100,000 rows in place of ten million. A file that has none yet, or had none when it was
 * written, is counted when it is asked for: slower, and the same.
 */

/** What a row stands for. `release` is of exceptions and deployments alone: to read it out of everything would cost as much as all the rest. */
const KEYS = `date_trunc('hour', received) AS hour, type, name, logger, severity, fingerprint, error_type,
    CASE WHEN type IN ('exception', 'deploy') THEN metadata->>'$.release' END AS release`;

/** The rows of `hours` for the messages of `from`, a relation with the columns of the archive. */
export const hoursSql = (from: string): string => `SELECT ${KEYS},
    count(*) AS messages, sum(${WEIGHT_SQL}) AS estimated, sum(value) AS value_sum, sum(${ESTIMATED_SQL}) AS estimated_sum,
    min(value) AS value_min, max(value) AS value_max, min(received) AS first_received, max(received) AS last_received
  FROM ${from} GROUP BY ALL`;

/** The hours of a file, as they are kept. */
export const HOURS: Companion = {
  folder: '_hours',
  sql: (path) => `${hoursSql(readParquet([path]))} ORDER BY type, name, hour`,
  format: 'FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 32768',
};

/** Where the hours of a file are, or will be. */
export const hoursPath = (dir: string, file: ArchiveFileName & Pick<ArchiveFile, 'dt'>): string =>
  companionPath(dir, HOURS, file);

/** The paths of the hours that are there. */
export const listHours = (dir: string): Promise<ReadonlySet<string>> => listCompanions(dir, HOURS);
