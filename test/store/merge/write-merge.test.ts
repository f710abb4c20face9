import { open, mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { connectDuckdb, readParquet, sqlText, type DuckdbConnection } from '../../../src/store/duckdb.ts';
import { archiveFileName, dayDir, listArchive } from '../../../src/store/layout.ts';
import { createMerger, type MergerOptions } from '../../../src/store/merge/merge.ts';
import { TARGET_BYTES } from '../../../src/store/merge/merge-plan.ts';
import { ARCHIVE_COLUMNS } from '../../../src/store/schema.ts';
import { SORTED_SETTINGS } from '../../../src/store/merge/sorted-parquet.ts';
import { writeMerge } from '../../../src/store/merge/write-merge.ts';
import { DAY, tempDir } from '../journal-text.ts';

const NOON = Date.parse(`${DAY}T12:00:00.000Z`);
const MINUTE_MS = 60_000;
const FILE_ROWS = 60_000;
const FILES = 8;
/** In place of a million. */
const SORT_ROWS = 150_000;
/** Too little for a range of that many rows, and enough for one of a quarter. */
const SHORT_MEMORY_MIB = 28;
/** Each type has each of them. */
const NAMES = 300;

const VALUES: Readonly<Record<string, string>> = {
  seq: 'i',
  timestamp: 'make_timestamp(i)',
  type: `['counter', 'gauge', 'timer'][i % 3 + 1]`,
  name: `'n' || i // 3 % ${NAMES}`,
};
const ROWS = ARCHIVE_COLUMNS.map(({ name, sqlType }) => `(${VALUES[name] ?? 'NULL'})::${sqlType} AS ${name}`).join();

let duckdb: DuckdbConnection;
beforeAll(async () => {
  duckdb = await connectDuckdb({ purpose: 'a test', memoryLimitMiB: 512, threads: 1 });
  await duckdb.connection.run(SORTED_SETTINGS);
});
afterAll(() => {
  duckdb.close();
});

/** An archive with eight large files in `_recent`, put in place at noon. */
async function archiveOf(): Promise<string> {
  const archive = await tempDir();
  const folder = dayDir(archive, DAY, true);
  await mkdir(folder, { recursive: true });
  for (let first = 0; first < FILES * FILE_ROWS; first += FILE_ROWS) {
    const path = join(folder, archiveFileName(first, first + FILE_ROWS - 1));
    const rows = `SELECT ${ROWS} FROM range(${first}, ${first + FILE_ROWS}) AS t (i)`;
    await duckdb.connection.run(`COPY (${rows}) TO ${sqlText(path)} (FORMAT parquet)`);
    await utimes(path, NOON / 1000, NOON / 1000);
  }
  return archive;
}

async function rowsOf(sql: string): Promise<readonly unknown[]> {
  return (await duckdb.connection.runAndReadAll(sql)).getRowObjectsJson();
}

/** Where a file has a row that should be before the one before it. */
function laterRuns(path: string): Promise<readonly unknown[]> {
  const rows = readParquet([path], { rowNumbers: true });
  const pairs = `SELECT file_row_number AS place, (type, name, seq) < lag((type, name, seq)) OVER (ORDER BY file_row_number) AS is_new FROM ${rows}`;
  return rowsOf(`SELECT place::INTEGER AS place FROM (${pairs}) WHERE is_new`);
}

/** Merges, and resolves to the one file that is left. */
async function promotedAt(archive: string, now: number, options?: MergerOptions): Promise<string> {
  const merger = await createMerger(archive, options);
  onTestFinished(() => merger.close());
  await merger.run({ before: FILES * FILE_ROWS, now, sortRows: SORT_ROWS });
  const files = await listArchive(archive);
  expect(files).toMatchObject([{ first: 0, last: FILES * FILE_ROWS - 1, recent: false }]);
  return files[0]?.path ?? '';
}

it('sorts what is promoted by its age as one, so that a name lies in a few row groups', async () => {
  const path = await promotedAt(await archiveOf(), NOON + 15 * MINUTE_MS);
  const rows = readParquet([path], { rowNumbers: true });
  expect(await laterRuns(path)).toEqual([]);
  const mayHold = (column: string, value: string): string =>
    `SELECT row_group_id FROM parquet_metadata(${sqlText(path)}) WHERE path_in_schema = '${column}' AND '${value}' BETWEEN stats_min_value AND stats_max_value`;
  const groups = await rowsOf(`${mayHold('type', 'gauge')} INTERSECT ${mayHold('name', 'n17')}`);
  expect(groups.length).toBeGreaterThan(0);
  expect(groups.length).toBeLessThanOrEqual(3); // of 30
  expect(await rowsOf(`SELECT count(*)::INTEGER AS n, count(DISTINCT seq)::INTEGER AS numbers FROM ${rows}`)).toEqual([
    { n: FILES * FILE_ROWS, numbers: FILES * FILE_ROWS },
  ]);
});

it('sorts in smaller ranges where there is too little memory', async () => {
  const path = await promotedAt(await archiveOf(), NOON + 15 * MINUTE_MS, { memoryLimitMiB: SHORT_MEMORY_MIB });
  expect(await laterRuns(path)).toEqual([]);
});

it('only streams what filled a file of more rows than are sorted at once before its time', async () => {
  const archive = await archiveOf();
  for (const { path } of await listArchive(archive)) {
    await enlarge(path, TARGET_BYTES / FILES);
    await utimes(path, NOON / 1000, NOON / 1000);
  }
  const path = await promotedAt(archive, NOON + 14 * MINUTE_MS);
  const moved = `SELECT count(*)::INTEGER AS n FROM ${readParquet([path], { rowNumbers: true })} WHERE seq <> file_row_number`;
  expect(await rowsOf(moved)).toEqual([{ n: 0 }]);
});

it('sorts at once what is left of many messages of which the archive has few', async () => {
  const archive = await tempDir();
  await mkdir(dayDir(archive, DAY, true), { recursive: true });
  for (const first of [0, 1_000_000, 2_000_000]) {
    const path = join(dayDir(archive, DAY, true), archiveFileName(first, first + 999_999));
    await duckdb.connection.run(
      `COPY (SELECT ${ROWS} FROM range(${first}, ${first + 10}) AS t (i)) TO ${sqlText(path)} (FORMAT parquet)`,
    );
  }
  const target = join(archive, 'merged.parquet');
  const run = vi.spyOn(duckdb.connection, 'run');
  await writeMerge(
    duckdb,
    { inputs: await listArchive(archive), recent: false, sortRows: 1_000, isWhole: true },
    target,
  );
  const copies = run.mock.calls.filter(([sql]) => sql.startsWith('COPY'));
  run.mockRestore();
  expect(copies).toHaveLength(1);
  expect(await laterRuns(target)).toEqual([]);
  expect(await rowsOf(`SELECT count(*)::INTEGER AS n FROM ${readParquet([target])}`)).toEqual([{ n: 30 }]);
});

it.each([
  // rows of a file, and of these one in so many is large, and how large
  [20, 1, 200_000],
  [500, 10, 80_000],
])('merges files of %i messages, of which one in %i has %i bytes', async (fileRows, oneIn, largeBytes) => {
  const archive = await tempDir();
  const folder = dayDir(archive, DAY, true);
  await mkdir(folder, { recursive: true });
  const payload = `CASE i % ${oneIn} WHEN 0 THEN rpad(hash(i)::VARCHAR, ${largeBytes}, 'at line ' || i) END`;
  for (let first = 0; first < 16 * fileRows; first += fileRows) {
    const path = join(folder, archiveFileName(first, first + fileRows - 1));
    const rows = `SELECT * REPLACE (${payload} AS payload) FROM (SELECT i, ${ROWS} FROM range(${first}, ${first + fileRows}) AS t (i))`;
    await duckdb.connection.run(`COPY (SELECT * EXCLUDE i FROM (${rows})) TO ${sqlText(path)} (FORMAT parquet)`);
    await utimes(path, NOON / 1000, NOON / 1000);
  }
  const merger = await createMerger(archive);
  onTestFinished(() => merger.close());
  await merger.run({ before: 16 * fileRows, now: NOON + 15 * MINUTE_MS });
  const files = await listArchive(archive);
  expect(files).toMatchObject([{ first: 0, last: 16 * fileRows - 1, recent: false }]);
  const path = files[0]?.path ?? '';
  const sums = `SELECT count(DISTINCT seq)::INTEGER AS numbers, sum(strlen(payload))::INTEGER AS bytes FROM ${readParquet([path])}`;
  expect(await rowsOf(sums)).toEqual([{ numbers: 16 * fileRows, bytes: ((16 * fileRows) / oneIn) * largeBytes }]);
  // Who reads a row group has all of it in memory.
  const large = `SELECT DISTINCT row_group_id FROM parquet_metadata(${sqlText(path)}) WHERE total_uncompressed_size > 32_000_000`;
  expect(await rowsOf(large)).toEqual([]);
});

const MAGIC_AND_LENGTH_BYTES = 8;

/** Makes a Parquet file `bytes` long, by a hole before the footer, which readers find from the end. */
async function enlarge(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'r+');
  const { size } = await file.stat();
  const end = Buffer.alloc(MAGIC_AND_LENGTH_BYTES);
  await file.read(end, 0, end.length, size - end.length);
  const footer = Buffer.alloc(end.readUInt32LE(0) + end.length);
  await file.read(footer, 0, footer.length, size - footer.length);
  await file.write(footer, 0, footer.length, bytes - footer.length);
  await file.close();
}
