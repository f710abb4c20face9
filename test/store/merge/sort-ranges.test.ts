import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDuckdb, readParquet, sqlText, type DuckdbConnection } from '../../../src/store/duckdb.ts';
import { sortRanges } from '../../../src/store/merge/sort-ranges.ts';
import { SORTED_BY } from '../../../src/store/merge/sorted-parquet.ts';
import { tempDir } from '../journal-text.ts';

const ROWS = 30_000;
const SMALL = 500;
/** No limit. */
const BYTES = 2 ** 30;

let duckdb: DuckdbConnection;
beforeAll(async () => {
  duckdb = await connectDuckdb({ purpose: 'a test', memoryLimitMiB: 512, threads: 1 });
});
afterAll(() => {
  duckdb.close();
});

/** Rows with few types, names that are hard to compare, some of them none, and times that many have. */
async function rowsOf(
  count: number,
  { type = `['a', 'b''s', 'ζ', '\u{1f600}'][i % 4 + 1]`, payload = `''` } = {},
): Promise<string> {
  const path = join(await tempDir(), 'rows.parquet');
  const names = `[NULL, '', 'o''clock', 'n' || i % 40, '\u{1f600}' || i % 3, '$1'][i % 6 + 1]`;
  await duckdb.connection.run(
    `COPY (SELECT ${type} AS type, ${names} AS name, make_timestamp(i * 7919 % 100) AS timestamp, ${payload} AS payload,
             CASE WHEN i % 3 > 0 THEN '{}' END AS metadata, i FROM range(${count}) AS t (i)) TO ${sqlText(path)} (FORMAT parquet)`,
  );
  return path;
}

/** The rows of each range, sorted. */
async function rangesOf(
  path: string,
  rows: number,
  count: number,
  bytes: number,
): Promise<readonly (readonly string[])[]> {
  const ranges = await sortRanges(duckdb.connection, [path], { rows, count, bytes });
  const read: (readonly string[])[] = [];
  for (const { where, values } of ranges) read.push(await keysOf(path, where, values));
  return read;
}

async function keysOf(path: string, where: string, values: readonly string[]): Promise<readonly string[]> {
  const sql = `SELECT concat_ws('|', type, coalesce('=' || name, 'none'), epoch_us(timestamp)) AS key FROM ${readParquet([path])} WHERE ${where} ${SORTED_BY}`;
  return (await duckdb.connection.runAndReadAll(sql, [...values])).getColumnsJson()[0]?.map(String) ?? [];
}

it('has each row in one range, and the ranges in the order in which rows are sorted', async () => {
  const path = await rowsOf(ROWS);
  const ranges = await rangesOf(path, ROWS, 9, BYTES);
  expect(ranges).toHaveLength(9);
  expect(ranges.flat()).toEqual(await keysOf(path, 'true', []));
  for (const { length } of ranges) expect(length).toBeLessThan(ROWS / 5);
});

it('divides rows of one type, and few rows, too', async () => {
  const path = await rowsOf(SMALL, { type: `'a'` });
  const ranges = await rangesOf(path, SMALL, 4, BYTES);
  expect(ranges).toHaveLength(4);
  expect(ranges.flat()).toEqual(await keysOf(path, 'true', []));
});

it('leaves together what it cannot tell apart, and what is little', async () => {
  const path = await rowsOf(SMALL, { type: `'a'` });
  expect(await rangesOf(path, SMALL, 1, BYTES)).toHaveLength(1);
  const alike = await rowsOf(0);
  expect(await rangesOf(alike, 0, 3, BYTES)).toEqual([[]]);
});

it('counts what rows take, so that large ones come to lie in shorter ranges', async () => {
  const path = await rowsOf(ROWS, { payload: `CASE WHEN i % 4 = 0 THEN repeat('x', 2000) ELSE '' END` });
  const ranges = await rangesOf(path, ROWS, 1, 3_000_000);
  expect(ranges.flat()).toEqual(await keysOf(path, 'true', []));
  const ofLarge = ranges.filter((keys) => keys.every((key) => key.startsWith('a|')));
  expect(ofLarge.length).toBeGreaterThan(2);
  for (const { length } of ofLarge) expect(length * 2_000).toBeLessThan(2 * 3_000_000);
});
