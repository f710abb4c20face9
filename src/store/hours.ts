import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { archiveFileName, listNames } from './layout.ts';
import type { ArchiveFile } from './layout.ts';
import { removeFolder } from './merge-cleanup.ts';
import { ESTIMATED_SQL, WEIGHT_SQL } from './sampling-sql.ts';

/**
 * What each hour holds, counted once for all: beside every file that has left `_recent` lies a small one of the same name, with a row for each hour, type,
 * name, logger and so on. A report over a week reads some 100,000 rows in place of ten million. A file that has none yet, or had none when it was
 * written, is counted when it is asked for: slower, and the same.
 */

/** Hive and Spark skip it, as they do all folders that begin with `_`. */
const HOURS_FOLDER = '_hours';

/** What a row stands for. `release` is of exceptions and deployments alone: to read it out of everything would cost as much as all the rest. */
const KEYS = `date_trunc('hour', received) AS hour, type, name, logger, severity, fingerprint, error_type,
    CASE WHEN type IN ('exception', 'deploy') THEN metadata->>'$.release' END AS release`;

/** The rows of `hours` for the messages of `from`, a relation with the columns of the archive. */
export const hoursSql = (from: string): string => `SELECT ${KEYS},
    count(*) AS messages, sum(${WEIGHT_SQL}) AS estimated, sum(value) AS value_sum, sum(${ESTIMATED_SQL}) AS estimated_sum,
    min(value) AS value_min, max(value) AS value_max, min(received) AS first_received, max(received) AS last_received
  FROM ${from} GROUP BY ALL`;

/** Where the hours of a file are, or will be. */
export const hoursPath = (dir: string, { dt, first, last }: Pick<ArchiveFile, 'dt' | 'first' | 'last'>): string =>
  join(dir, HOURS_FOLDER, `dt=${dt}`, archiveFileName(first, last));

/** The paths of the hours that are there. */
export async function listHours(dir: string): Promise<ReadonlySet<string>> {
  return new Set((await listNames(join(dir, HOURS_FOLDER))).map(({ path }) => path));
}

/** Deletes the hours of files that are no longer among `files`, and the folders of days that are over with them. */
export async function removeHoursWithoutFile(dir: string, files: readonly ArchiveFile[]): Promise<void> {
  const wanted = new Set(files.map((file) => hoursPath(dir, file)));
  const folders = new Set([...wanted].map(dirname));
  const gone = [...(await listHours(dir))].filter((path) => !wanted.has(path));
  for (const path of gone) await rm(path, { force: true });
  for (const folder of new Set(gone.map(dirname))) if (!folders.has(folder)) await removeFolder(folder);
}
