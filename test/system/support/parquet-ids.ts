import { connectDuckdb, readParquet } from '../../../src/store/duckdb.ts';

/** The messages in these Parquet files, each as `sender seq`, as often as it is there; those of no sender are left out. */
export async function readIds(paths: readonly string[]): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  const { connection, close } = await connectDuckdb({ purpose: 'the test', memoryLimitMiB: 256, threads: 1 });
  try {
    const sql = `SELECT concat(sender, ' ', seq) FROM ${readParquet(paths)} WHERE sender IS NOT NULL`;
    return (await connection.runAndReadAll(sql)).getRowsJS().map(([id]) => (typeof id === 'string' ? id : 'no text'));
  } finally {
    close();
  }
}
