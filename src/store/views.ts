import { sqlText } from './duckdb.ts';
import type { ArchiveFile } from './layout.ts';
import { ARCHIVE_COLUMNS } from './schema.ts';

/** The names that a query may select from. */
export const VIEW_NAMES = ['messages', 'counters', 'timers', 'gauges', 'logs', 'exceptions'] as const;

/** Columns of every view, between its own and the metadata. */
const SENDER_COLUMNS = 'hostname, pid, sender, seq, metadata';

/**
 * The view `messages`: every archived message once, from exactly these files. Its columns are the archive's, with `metadata` as JSON.
 * Without files it is an empty relation of the same columns.
 */
export function messagesViewSql(files: readonly ArchiveFile[]): string {
  if (files.length === 0) {
    const columns = ARCHIVE_COLUMNS.map(
      ({ name, sqlType }) => `NULL::${name === 'metadata' ? 'JSON' : sqlType} AS ${name}`,
    );
    return `CREATE OR REPLACE VIEW messages AS SELECT ${columns.join(', ')} WHERE false`;
  }
  const columns = ARCHIVE_COLUMNS.map(({ name }) => (name === 'metadata' ? 'metadata::JSON AS metadata' : name));
  const list = files.map(({ path }) => sqlText(path)).join(', ');
  // The folder's `dt` is no column of ours; left on, DuckDB would find it in the path.
  return `CREATE OR REPLACE VIEW messages AS SELECT ${columns.join(', ')} FROM read_parquet([${list}], hive_partitioning = false)`;
}

/** The views by type. They stand on `messages` and so follow it. */
export const TYPE_VIEWS_SQL: readonly string[] = [
  // A message sampled at 0.1 stands for ten: `estimated` is what was counted, had all been sent.
  `CREATE VIEW counters AS SELECT timestamp, received, logger, severity, name, value, rate,
    value / CASE WHEN rate > 0 THEN rate ELSE 1 END AS estimated, ${SENDER_COLUMNS}
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
