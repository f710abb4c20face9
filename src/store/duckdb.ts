import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { loadPeer } from './peer.ts';

/** The part of `@duckdb/node-api` that is used here. */
export type DuckdbModule = typeof import('@duckdb/node-api');

export interface DuckdbSettings {
  /** What needs it, for the message when it is not installed, e.g. `the archive`. */
  readonly purpose: string;
  /** Most memory that DuckDB's buffers may take, in MiB. */
  readonly memoryLimitMiB: number;
  readonly threads: number;
  /** Where it may spill; without one, what exceeds the memory fails. */
  readonly tempDir?: string;
}

/** Loads `@duckdb/node-api`, the first time it is needed. Rejects with MissingPeerError if it is not installed. */
export async function loadDuckdb(
  purpose: string,
  load: () => Promise<DuckdbModule> = () => import('@duckdb/node-api'),
): Promise<DuckdbModule> {
  return loadPeer('@duckdb/node-api', purpose, load, saysNoBinding);
}

/** Opens an in-memory instance that never downloads an extension and stays within its memory. */
export async function openDuckdb(settings: DuckdbSettings): Promise<DuckDBInstance> {
  const { DuckDBInstance } = await loadDuckdb(settings.purpose);
  return DuckDBInstance.create(':memory:', {
    threads: String(settings.threads),
    memory_limit: `${settings.memoryLimitMiB}MiB`,
    temp_directory: settings.tempDir ?? '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    // Files are replaced under their name when a segment is archived again, and the memory is better spent on the query.
    enable_external_file_cache: 'false',
  });
}

const INTERRUPT_EVERY_MS = 10;

/** An instance with one connection, for SQL of our own. */
export interface DuckdbConnection {
  readonly connection: DuckDBConnection;
  /** Gives freed memory back to the system. It would otherwise stay with the allocator: here 130 MiB after a merge. Takes 2 to 10 ms. */
  readonly trim: () => Promise<void>;
  /** Interrupts what runs until `task` has settled, which a single interrupt that falls between two queries would not bring about. */
  readonly interruptUntil: (task: Promise<unknown>) => Promise<void>;
  /** Idempotent. */
  readonly close: () => void;
}

/** Opens an instance as `openDuckdb` does, with one connection. */
export async function connectDuckdb(settings: DuckdbSettings): Promise<DuckdbConnection> {
  const instance = await openDuckdb(settings);
  const connection = await instance.connect();
  let closed = false;
  return {
    connection,
    async trim() {
      // Setting the limit, also to what it is, evicts and then trims the heap.
      await connection.run(`SET memory_limit = '${settings.memoryLimitMiB}MiB'`);
    },
    async interruptUntil(task) {
      if (closed) return;
      connection.interrupt();
      const again = setInterval(() => {
        connection.interrupt();
      }, INTERRUPT_EVERY_MS);
      await task;
      clearInterval(again);
    },
    close() {
      if (closed) return;
      closed = true;
      connection.disconnectSync();
      instance.closeSync();
    },
  };
}

/** `text` as an SQL string literal. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** What `readParquet` adds to the columns. */
export interface AddedColumns {
  /** `file_row_number`: of the row in its file, from 0. */
  readonly rowNumbers?: boolean;
  /** `filename`: the path as it was given. */
  readonly fileNames?: boolean;
}

/** SQL of the rows of these files. The folder's `dt` is no column of ours; left on, DuckDB would find it in the path. */
export function readParquet(
  paths: readonly string[],
  { rowNumbers = false, fileNames = false }: AddedColumns = {},
): string {
  const options = `hive_partitioning = false, file_row_number = ${rowNumbers}, filename = ${fileNames}`;
  return `read_parquet([${paths.map(sqlText).join(', ')}], ${options})`;
}

/** The rows of these files, by their footers. */
export async function countRows(connection: DuckDBConnection, paths: readonly string[]): Promise<number> {
  const reader = await connection.runAndReadAll(
    `SELECT sum(num_rows)::BIGINT AS count FROM parquet_file_metadata([${paths.map(sqlText).join(', ')}])`,
  );
  return Number(reader.getRowObjectsJS()[0]?.['count']);
}

/** The rows of each of these files, by its path and from its footer. Rejects if one cannot be read. */
export async function countRowsOfEach(
  connection: DuckDBConnection,
  paths: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const reader = await connection.runAndReadAll(
    `SELECT file_name AS path, num_rows AS count FROM parquet_file_metadata([${paths.map(sqlText).join(', ')}])`,
  );
  return new Map(
    reader.getRowObjectsJS().flatMap(({ path, count }) => (typeof path === 'string' ? [[path, Number(count)]] : [])),
  );
}

/** Whether a statement failed because it needs more memory than it may take. */
export const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('Out of Memory Error');

/** The loader of the native part throws no code, only a message, for a platform that it does not know. */
const saysNoBinding = (error: Error): boolean => error.message.includes('@duckdb/node-bindings');
