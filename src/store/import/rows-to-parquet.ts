import { rm } from 'node:fs/promises';
import { isOutOfMemory, readParquet, sqlText, type DuckdbConnection } from '../duckdb.ts';
import { ARCHIVE_COLUMN_NAMES } from '../schema.ts';
import { segmentRowsSql } from '../segment-sql.ts';
import { SORTED_BY, SORTED_FORMAT } from '../merge/sorted-parquet.ts';

/** Makes a sorted file of a text in the journal's form that holds `count` messages. Rejects, and leaves no file, if it does not. */
export async function segmentToSorted(
  { connection }: Pick<DuckdbConnection, 'connection'>,
  segment: string,
  count: number,
  target: string,
): Promise<void> {
  const copy = async (order: string): Promise<number> => {
    const rows = `SELECT * FROM (${segmentRowsSql(segment)}) ${order}`;
    return (await connection.run(`COPY (${rows}) TO ${sqlText(target)} (${SORTED_FORMAT})`)).rowsChanged;
  };
  try {
    // Huge messages: unsorted they are as good to read, and streaming takes no memory.
    const got = await copy(SORTED_BY).catch((error: unknown) => {
      if (!isOutOfMemory(error)) throw error;
      return copy('');
    });
    if (got !== count) throw new Error(`${segment} holds ${got} messages where ${count} were written`);
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

/** Makes one file of several, one after the other. */
export async function joinParts(
  { connection }: Pick<DuckdbConnection, 'connection'>,
  parts: readonly string[],
  count: number,
  target: string,
): Promise<void> {
  const { rowsChanged } = await connection.run(
    `COPY (SELECT ${ARCHIVE_COLUMN_NAMES} FROM ${readParquet(parts)}) TO ${sqlText(target)} (${SORTED_FORMAT})`,
  );
  if (rowsChanged !== count)
    throw new Error(`joining ${parts.length} files gave ${rowsChanged} rows instead of ${count}`);
}
