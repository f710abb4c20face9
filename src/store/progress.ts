import type { DuckDBConnection } from '@duckdb/node-api';

/** How often it is told. Asking takes microseconds. */
const TELL_EVERY_MS = 200;

/**
 * Has `connection` keep account of its progress and tells it, from above 0 to 1, until the result is called. It is DuckDB's estimate by the rows that it
 * has yet to read; a query that reads none, such as one of `range`, is told nothing of.
 */
export async function watchProgress(
  connection: Pick<DuckDBConnection, 'run' | 'progress'>,
  tell: (ratio: number) => void,
): Promise<() => void> {
  // The configuration is locked, but not what these two set, which is this connection's alone.
  await connection.run('PRAGMA enable_progress_bar');
  await connection.run('PRAGMA disable_print_progress_bar');
  const asking = setInterval(() => {
    const { percentage } = connection.progress; // -1 where it is not known, 0 where it may be that or the beginning
    if (percentage > 0) tell(Math.min(1, percentage / 100));
  }, TELL_EVERY_MS);
  return () => clearInterval(asking);
}
