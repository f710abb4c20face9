/** A column of every file of the archive. */
export interface ArchiveColumn {
  readonly name: string;
  /** Its type in DuckDB, which decides the type in Parquet. */
  readonly sqlType: 'TIMESTAMP' | 'VARCHAR' | 'INTEGER' | 'BIGINT' | 'DOUBLE';
}

/**
 * The columns of every Parquet file, in order, for ever: old files are never rewritten for a new one. Timestamps are UTC.
 * `severity` is INTEGER, as Hive and Spark disagree on how an 8-bit integer of Parquet is to be declared. `metadata` is JSON text.
 */
export const ARCHIVE_COLUMNS: readonly ArchiveColumn[] = [
  { name: 'timestamp', sqlType: 'TIMESTAMP' },
  { name: 'received', sqlType: 'TIMESTAMP' },
  { name: 'type', sqlType: 'VARCHAR' },
  { name: 'logger', sqlType: 'VARCHAR' },
  { name: 'severity', sqlType: 'INTEGER' },
  { name: 'payload', sqlType: 'VARCHAR' },
  { name: 'hostname', sqlType: 'VARCHAR' },
  { name: 'pid', sqlType: 'BIGINT' },
  { name: 'sender', sqlType: 'VARCHAR' },
  { name: 'seq', sqlType: 'BIGINT' },
  { name: 'name', sqlType: 'VARCHAR' },
  { name: 'value', sqlType: 'DOUBLE' },
  { name: 'rate', sqlType: 'DOUBLE' },
  { name: 'fingerprint', sqlType: 'VARCHAR' },
  { name: 'error_type', sqlType: 'VARCHAR' },
  { name: 'metadata', sqlType: 'VARCHAR' },
];

/** All of them, as a SELECT names them. */
export const ARCHIVE_COLUMN_NAMES: string = ARCHIVE_COLUMNS.map(({ name }) => name).join(', ');
