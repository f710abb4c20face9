import { BUILT_IN_VIEWS } from '../core/registered-type.ts';
import { readParquet } from './duckdb.ts';
import { hoursSql } from './hours.ts';
import type { ArchiveFile } from './layout.ts';
import { ESTIMATED_SQL } from './sampling-sql.ts';
import { ARCHIVE_COLUMN_NAMES, ARCHIVE_COLUMNS } from './schema.ts';

/** The names that a query may select from, beside those of registered types. */
export const VIEW_NAMES: readonly string[] = BUILT_IN_VIEWS;

/** Columns of every view, between its own and the metadata. */
const SENDER_COLUMNS = 'hostname, pid, sender, seq, metadata';

/** Every archived message once, from exactly these files, with the columns of the archive. Without files it is empty. */
export function rowsSql(files: readonly Pick<ArchiveFile, 'path'>[]): string {
  if (files.length === 0) {
    const columns = ARCHIVE_COLUMNS.map(({ name, sqlType }) => `NULL::${sqlType} AS ${name}`);
    return `SELECT ${columns.join(', ')} WHERE false`;
  }
  return `SELECT ${ARCHIVE_COLUMN_NAMES} FROM ${readParquet(files.map(({ path }) => path))}`;
}

/**
 * The views that name files, and so are made anew with each of them. Both are for SQL of our own. `archived` has the archive's columns as they are: the metadata
 * is text, as to make JSON of it costs a search half as much again. `hours` is what each hour held, read from the hours of those files that have them.
 */
export function fileViewsSql(
  files: readonly ArchiveFile[],
  hoursOf: (file: ArchiveFile) => string | undefined,
): readonly string[] {
  const counted = files.flatMap((file) => hoursOf(file) ?? []);
  const others = files.filter((file) => hoursOf(file) === undefined);
  const hours = [
    ...(counted.length > 0 ? [`SELECT * FROM ${readParquet(counted)}`] : []),
    ...(others.length > 0 || counted.length === 0 ? [hoursSql(`(${rowsSql(others)})`)] : []),
  ];
  return [
    `CREATE OR REPLACE VIEW archived AS ${rowsSql(files)}`,
    `CREATE OR REPLACE VIEW hours AS ${hours.join(' UNION ALL ')}`,
  ];
}

/** The view `messages`: its columns are the archive's, with `metadata` as JSON. It stands on `archived` and so follows it. */
export const MESSAGES_VIEW_SQL = 'CREATE VIEW messages AS SELECT * REPLACE (metadata::JSON AS metadata) FROM archived';

/** The views by type. They stand on `messages` and so follow it. */
export const TYPE_VIEWS_SQL: readonly string[] = [
  `CREATE VIEW counters AS SELECT timestamp, received, logger, severity, name, value, rate,
    ${ESTIMATED_SQL} AS estimated, ${SENDER_COLUMNS}
  FROM messages WHERE type = 'counter'`,
  `CREATE VIEW timers AS SELECT timestamp, received, logger, severity, name, value AS ms, rate,
    coalesce(try_cast(metadata->>'$.error' AS BOOLEAN), false) AS failed, ${SENDER_COLUMNS}
  FROM messages WHERE type = 'timer'`,
  `CREATE VIEW gauges AS SELECT timestamp, received, logger, severity, name, value, ${SENDER_COLUMNS}
  FROM messages WHERE type = 'gauge'`,
  `CREATE VIEW logs AS SELECT timestamp, received, logger, severity, payload, ${SENDER_COLUMNS}
  FROM messages WHERE type = 'log'`,
  `CREATE VIEW exceptions AS SELECT timestamp, received, logger, severity, error_type, metadata->>'$.exception.value' AS error_value,
    fingerprint, try_cast(metadata->>'$.exception.handled' AS BOOLEAN) AS handled, payload, ${SENDER_COLUMNS}
  FROM messages WHERE type = 'exception'`,
];
