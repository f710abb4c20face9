import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { isInRange, type DayRange } from './day-range.ts';
import { connectDuckdb, loadDuckdb, openDuckdb, sqlText } from './duckdb.ts';
import { abortedError, guard } from './guard.ts';
import { createJsonConverter } from './json-value.ts';
import { listArchive } from './layout.ts';
import type { ArchiveFile } from './layout.ts';
import { createLimiter } from './limiter.ts';
import { watchProgress } from './progress.ts';
import { QueryError, toQueryError } from './query-error.ts';
import { readRows, type ResultRows } from './read-rows.ts';
import { createViews } from './refresh-views.ts';
import type { TypeListing } from './types/registered-types.ts';
import { checkSql } from './sql-gate.ts';
import { fileViewsSql, MESSAGES_VIEW_SQL, TYPE_VIEWS_SQL } from './views.ts';
import { withWords, type WordedFile } from './words.ts';

export interface StoreOptions {
  /** Memory of DuckDB's buffers for all queries together, in MiB. @default 128 */
  readonly memoryLimitMiB?: number;
  /** Threads of one query. @default 2 */
  readonly threads?: number;
  /** Only what was received on these days is there. @default all */
  readonly days?: DayRange;
}

export interface QueryLimits {
  /** Rows past it are left out, and the result says so. @default 10000 */
  readonly maxRows?: number;
  /** The query is stopped when it has run for so long; waiting for its turn does not count. @default 10000 */
  readonly timeoutMs?: number;
}

export interface QueryOptions extends QueryLimits {
  /** Interrupts the query, which then rejects with the code `aborted`, while it waits for its turn too. */
  readonly signal?: AbortSignal;
  /** Told a few times a second how much is done, from 0 to 1, where DuckDB knows: it does where what is asked is read from the archive. */
  readonly onProgress?: (ratio: number) => void;
}

export interface QueryResult extends ResultRows {
  readonly elapsedMs: number;
}

/** The archive, as it can be asked. Any number of stores, in any number of processes, may read one archive while it is written. */
export interface Store {
  /** Runs one SELECT of anybody's over the views. Rejects with QueryError. */
  query(sql: string, options?: QueryOptions): Promise<QueryResult>;
  /** Runs SQL of our own over the same views and `archived` and `hours`, with `$1`, `$2`, … as given. Not checked: never pass on what a user wrote. Rejects with QueryError. */
  select(
    sql: string,
    params?: readonly (string | number | boolean | null)[],
    options?: QueryOptions,
  ): Promise<QueryResult>;
  /** The registered types, each with a view of its own. Rejects if the archive cannot be listed. */
  types(): Promise<TypeListing>;
  /** The files that a query would read now. */
  files(): Promise<readonly ArchiveFile[]>;
  /** The same, each with where its words are. */
  wordedFiles(): Promise<readonly WordedFile[]>;
  /** Stops what is running and releases DuckDB. Later calls are refused. */
  close(): Promise<void>;
}

const STORE_DEFAULTS: Required<StoreOptions> = { memoryLimitMiB: 128, threads: 2, days: {} };
const QUERY_DEFAULTS: Required<QueryLimits> = { maxRows: 10_000, timeoutMs: 10_000 };
/**
 * Queries that run at a time; the others wait. A running query takes one of Node's four I/O threads, which the archive's writer, merging and all file access
 * need too, and the memory is for all together.
 */
const MAX_RUNNING = 2;
/** A page asks about ten at a time. More than these would wait longer than anybody does, and each holds its statement meanwhile. */
const MAX_WAITING = 100;
const INTERRUPT_EVERY_MS = 50;
/** Rows of a LIMIT up to which DuckDB finds them first and reads their other columns afterwards; for many more it would be the longer way. */
const LATE_ROWS = 1_000;
/** What a query may take beside DuckDB's buffers: values between two functions, its result, and what the process does meanwhile. */
const BESIDE_BUFFERS_BYTES = 256 * 1024 * 1024;
/** Giving memory back takes some milliseconds, so not after each of many small queries. */
const TRIM_EVERY_MS = 500;
/** A file may vanish between listing and reading if a query waits for a minute; a new list then has what took its place. */
const MAX_ATTEMPTS = 3;

/**
 * Opens the archive in `dir` for queries; it may be empty or not exist yet. The instance is locked: nothing but the archive's folder can be read, nothing can
 * be configured. Rejects with MissingPeerError without DuckDB.
 *
 * A query runs in this process, so what bounds it is worth knowing. Bounded: DuckDB's buffers (sorting, grouping, joins, lists and texts that pass from one
 * step to the next), time, rows and text of the result, and how much one expression may make of one row (`sql-growth.ts`). Watched, and interrupted once
 * the process has grown by 256 MiB over that memory: aggregates that keep their state outside the buffers. Not bounded: a single step over values that are
 * large already, such as the text of a whole table joined to many rows; nothing can interrupt it. Who must not be able to end this process should
 * be given another one, in which a store on the same archive is opened.
 */
export async function openStore(dir: string, options: StoreOptions = {}): Promise<Store> {
  const root = resolve(dir);
  await mkdir(root, { recursive: true }); // DuckDB allows a folder only if it is there
  const duckdb = await loadDuckdb('queries');
  const settings = { purpose: 'queries', ...STORE_DEFAULTS, ...options };
  const instance = await openDuckdb(settings);
  const maxGrowthBytes = settings.memoryLimitMiB * 1024 * 1024 + BESIDE_BUFFERS_BYTES;
  const admin = await instance.connect();
  // The archive's times are UTC without a zone; `now()` beside them has to be read in the same one, wherever the machine is.
  await admin.run("SET GLOBAL TimeZone = 'UTC'");
  // The newest hundred messages are then found by their times alone, and only they are read whole: over a week a tenth of the time. DuckDB's own is 50 rows.
  await admin.run(`SET GLOBAL late_materialization_max_rows = ${LATE_ROWS}`);
  for (const sql of [...fileViewsSql([], () => undefined), MESSAGES_VIEW_SQL, ...TYPE_VIEWS_SQL]) await admin.run(sql);
  await admin.run(`SET allowed_directories = [${sqlText(join(root, '/'))}]`);
  await admin.run('SET enable_external_access = false');
  await admin.run('SET lock_configuration = true');

  // The locked instance cannot be told to trim the heap; the heap is the process's, so that a small one does.
  const trimmer = await connectDuckdb({ purpose: 'queries', memoryLimitMiB: 16, threads: 1 });
  let trimmedMs = performance.now();
  let trimming: Promise<void> = Promise.resolve();

  const toJson = createJsonConverter(duckdb);
  const limit = createLimiter(MAX_RUNNING, MAX_WAITING);
  const running = new Set<Promise<unknown>>();
  const connections = new Set<DuckDBConnection>();
  const list = async (): Promise<readonly ArchiveFile[]> =>
    (await listArchive(root)).filter(({ dt }) => isInRange(dt, settings.days));
  const views = createViews(admin, root, list);
  const closing = new AbortController();
  const isClosed = (): boolean => closing.signal.aborted;

  async function trimWhenQuiet(): Promise<void> {
    if (isClosed() || running.size > 0 || performance.now() - trimmedMs < TRIM_EVERY_MS) return;
    trimmedMs = performance.now();
    trimming = trimmer.trim();
    await trimming;
  }

  async function attempt(
    sql: string,
    params: readonly DuckDBValue[],
    checked: boolean,
    { maxRows, timeoutMs, signal, onProgress }: QueryOptions & Required<QueryLimits>,
  ): Promise<QueryResult> {
    if (isClosed()) throw closedError();
    if (signal?.aborted === true) throw abortedError();
    const startedMs = performance.now();
    await views.refresh();
    const connection = await instance.connect();
    connections.add(connection);
    const guarded = guard(connection, { timeoutMs, maxGrowthBytes, signal });
    let endProgress: (() => void) | undefined;
    try {
      if (checked)
        await checkSql(
          connection,
          sql,
          views.types().types.map(({ view }) => view),
        );
      const prepared = await connection.prepare(sql);
      if (checked && prepared.statementType !== duckdb.StatementType.SELECT)
        throw new QueryError('refused', 'only SELECT may be run');
      if (params.length > 0) prepared.bind([...params]);
      if (onProgress !== undefined) endProgress = await watchProgress(connection, onProgress);
      const result = await prepared.stream();
      return { ...(await readRows(result, toJson, maxRows)), elapsedMs: Math.round(performance.now() - startedMs) };
    } catch (error) {
      throw guarded.reason() ?? error;
    } finally {
      guarded.release();
      endProgress?.();
      connections.delete(connection);
      connection.disconnectSync();
    }
  }

  async function run(
    sql: string,
    params: readonly DuckDBValue[],
    checked: boolean,
    given: QueryOptions = {},
  ): Promise<QueryResult> {
    if (isClosed()) throw closedError();
    const options = { ...QUERY_DEFAULTS, ...given };
    for (let tries = 1; ; tries++) {
      const result = limit(() => attempt(sql, params, checked, options), options.signal);
      running.add(result);
      try {
        return await result;
      } catch (error) {
        if (tries === MAX_ATTEMPTS || isClosed() || !isFileGone(error)) throw toQueryError(error, !checked);
      } finally {
        running.delete(result);
        await trimWhenQuiet();
      }
    }
  }

  return {
    query: (sql, options) => run(sql, [], true, options),
    select: (sql, params = [], options) => run(sql, params, false, options),
    async types() {
      if (isClosed()) throw closedError();
      const refreshing = views.refresh();
      // To close a connection under a running statement ends the process.
      const settled = refreshing.catch(() => undefined).finally(() => running.delete(settled));
      running.add(settled);
      await refreshing;
      return views.types();
    },
    files: list,
    wordedFiles: async () => withWords(root, await list()),
    async close() {
      if (isClosed()) return;
      closing.abort();
      const interruptAll = (): void => connections.forEach((connection) => connection.interrupt());
      interruptAll();
      const repeated = setInterval(interruptAll, INTERRUPT_EVERY_MS);
      // To close a connection under a running statement ends the process.
      await Promise.allSettled([...running, trimming]);
      clearInterval(repeated);
      trimmer.close();
      admin.disconnectSync();
      instance.closeSync();
    },
  };
}

const closedError = (): QueryError => new QueryError('failed', 'the store is closed');

function isFileGone(error: unknown): boolean {
  return error instanceof Error && /^IO Error: .*(No such file|No files found|Cannot open file)/s.test(error.message);
}
