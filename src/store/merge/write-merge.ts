import type { DuckDBConnection } from '@duckdb/node-api';
import { copyFile, rm } from 'node:fs/promises';
import { countRows, isOutOfMemory, readParquet, sqlText, type DuckdbConnection } from '../duckdb.ts';
import type { ArchiveFile } from '../layout.ts';
import { isSettled, SORT_ROWS, sortableParts, type Merge } from './merge-plan.ts';
import { ARCHIVE_COLUMN_NAMES } from '../schema.ts';
import { sortRanges, type SortRange } from './sort-ranges.ts';
import { ROW_GROUP_ROWS, SORTED_BY, SORTED_FORMAT, sortedFormat, SPILLED_FORMAT } from './sorted-parquet.ts';

/** What is sorted at once of more rows than can be: with as much as this the memory was enough for counters and for exceptions of 1 KiB. */
const RANGE_BYTES = 96 * 1024 * 1024;
/** What else is tried where messages are so large that this is too much: of a range, and of a row group. */
const SMALLER = 1 / 4;
/** Bytes a row past which nothing is sorted: DuckDB holds 2,048 rows at a time, of these 8 MiB, several times over. A tenth of the messages may be of 40 KiB. */
const SORTED_ROW_BYTES = 4_096;
/** For what could not be sorted and is written as it comes: enough for 2,048 of the largest rows that could be sorted before. */
const UNSORTED_MEMORY_MIB = 384;
const ALL: SortRange = { where: 'true', values: [] };

/** Writes the rows of a merge's inputs into one file at `target`; what it needs beside that lies at paths which begin alike, and is deleted. Rejects if a row is missing in the end. */
export async function writeMerge(
  { connection, trim }: DuckdbConnection,
  { inputs, sortRows, isWhole }: Merge,
  target: string,
): Promise<void> {
  const sort = (): Promise<void> => (isWhole ? sortWhole(inputs, target) : joinParts(inputs, target, sortRows));
  const inputPaths = inputs.map(pathOf);
  const isSorted =
    (await bytesARow(connection, inputPaths)) <= SORTED_ROW_BYTES &&
    (await unlessOutOfMemory(() => sort().then(() => true))) === true;
  if (!isSorted) await writeUnsorted();

  /** Huge messages. Unsorted they are as good to read, and streaming takes the memory of a row group. */
  async function writeUnsorted(): Promise<void> {
    await connection.run(`SET memory_limit = '${UNSORTED_MEMORY_MIB}MiB'`);
    try {
      await expectRows(await copyRows(inputPaths, target), inputs);
    } finally {
      await trim();
    }
  }

  /** A row of sorted runs, the longest that can be with `sortRows`. */
  async function joinParts(files: readonly ArchiveFile[], path: string, runRows: number): Promise<void> {
    const parts = sortableParts(files, runRows);
    if (parts.length === 1) return writePart(files, path, runRows);
    await joined(path, async (stage) => {
      const paths: string[] = [];
      for (const part of parts) {
        const [file] = part;
        if (file !== undefined && isSettled(file, runRows)) paths.push(file.path);
        else paths.push(await stage((staged) => writePart(part, staged, runRows)));
      }
      await expectRows(await copyRows(paths, path), files);
    });
  }

  /** One sorted run; a settled file is copied as it is. */
  async function writePart(part: readonly ArchiveFile[], path: string, runRows: number): Promise<void> {
    const [file] = part;
    if (file !== undefined && isSettled(file, runRows)) return copyFile(file.path, path);
    if (runRows > SORT_ROWS) return sortWhole(part, path);
    const paths = part.map(pathOf);
    const sorted = await unlessOutOfMemory(() => copyRows(paths, path, { order: SORTED_BY }));
    await expectRows(sorted ?? (await copyRows(paths, path)), part);
  }

  /** Sorts these files as one: at once if they have at most `sortRows` rows, else one range of rows after the other. Messages that are too large for that come to lie in short runs. */
  async function sortWhole(files: readonly ArchiveFile[], path: string): Promise<void> {
    const paths = files.map(pathOf);
    // Offsets would count what the archive leaves out, of which there may be a thousand times as much.
    const rows = await countRows(connection, paths);
    const count = Math.max(1, Math.ceil(rows / sortRows));
    const atOnce = count === 1 ? await unlessOutOfMemory(() => copyRows(paths, path, { order: SORTED_BY })) : undefined;
    const written =
      atOnce ??
      (await unlessOutOfMemory(() => sortByRanges(paths, path, { rows, count }, 1))) ??
      (await unlessOutOfMemory(() => sortByRanges(paths, path, { rows, count }, SMALLER)));
    if (written === undefined) await joinParts(files, path, SORT_ROWS);
    else await expectRows(written, files);
  }

  async function sortByRanges(
    paths: readonly string[],
    path: string,
    { rows, count }: { readonly rows: number; readonly count: number },
    share: number,
  ): Promise<number> {
    const limits = { rows, count: count / share, bytes: RANGE_BYTES * share };
    const ranges = await sortRanges(connection, paths, limits);
    return joined(path, async (stage) => {
      const runs: string[] = [];
      for (const range of ranges) {
        const options = { range, order: SORTED_BY, format: SPILLED_FORMAT };
        runs.push(await stage((staged) => copyRows(paths, staged, options)));
      }
      return copyRows(runs, path, { format: sortedFormat(ROW_GROUP_ROWS * share) });
    });
  }

  /** Has files beside `path` be written one after the other, and deletes them in the end. */
  async function joined<T>(
    path: string,
    join: (stage: (write: (staged: string) => Promise<unknown>) => Promise<string>) => Promise<T>,
  ): Promise<T> {
    const stagedPaths: string[] = [];
    try {
      return await join(async (write) => {
        const staged = `${path}.${stagedPaths.length}`;
        stagedPaths.push(staged);
        await write(staged);
        await trim(); // else what is left of one sort comes on top of the next
        return staged;
      });
    } finally {
      for (const staged of stagedPaths) await rm(staged, { force: true });
    }
  }

  interface CopyOptions {
    readonly range?: SortRange;
    readonly order?: string;
    readonly format?: string;
  }

  /** Writes the rows of `paths`, in their order or sorted, into one file; the result is how many. Unsorted rows are streamed: 0.6 µs each, in the memory of a row group. */
  async function copyRows(
    paths: readonly string[],
    path: string,
    { range = ALL, order = '', format = SORTED_FORMAT }: CopyOptions = {},
  ): Promise<number> {
    const { rowsChanged } = await connection.run(
      `COPY (SELECT ${ARCHIVE_COLUMN_NAMES} FROM ${readParquet(paths)} WHERE ${range.where} ${order})
       TO ${sqlText(path)} (${format})`,
      [...range.values],
    );
    return rowsChanged;
  }

  /** Undefined where there is too little memory for it. */
  async function unlessOutOfMemory<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      await trim(); // else what is left of it comes on top of what is tried next
      return undefined;
    }
  }

  /** A file holds less than its offsets say where the archive leaves something out. */
  async function expectRows(got: number, files: readonly ArchiveFile[]): Promise<void> {
    const want = await countRows(connection, files.map(pathOf));
    if (got === want) return;
    throw new Error(`merging ${files[0]?.path ?? ''} and ${files.length - 1} more gave ${got} rows instead of ${want}`);
  }
}

/** As they would be without compression, by the footers: what repeats itself counts less. */
async function bytesARow(connection: DuckDBConnection, paths: readonly string[]): Promise<number> {
  const reader = await connection.runAndReadAll(
    `SELECT sum(total_uncompressed_size)::DOUBLE AS bytes FROM parquet_metadata([${paths.map(sqlText).join(', ')}])`,
  );
  return Number(reader.getRowObjectsJS()[0]?.['bytes']) / (await countRows(connection, paths));
}

const pathOf = ({ path }: ArchiveFile): string => path;
