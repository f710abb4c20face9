import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { connectDuckdb, sqlText } from '../../src/store/duckdb.ts';
import { appendParquet } from '../../src/store/parquet-append.ts';
import { readStruct, writeStruct } from '../../src/store/thrift-compact.ts';
import type { ThriftField } from '../../src/store/thrift-compact.ts';
import { tempDir } from './journal-text.ts';

async function openTool() {
  const dir = await tempDir();
  const { connection, close } = await connectDuckdb({ purpose: 'the test', memoryLimitMiB: 256, threads: 1 });
  onTestFinished(close);
  return {
    dir,
    async make(name: string, sql: string, options = ''): Promise<string> {
      const path = join(dir, name);
      await connection.run(`COPY (${sql}) TO ${sqlText(path)} (FORMAT parquet${options})`);
      return path;
    },
    rows: async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
  };
}

const ROWS = (from: number, to: number): string =>
  `SELECT i, 'name-' || (i % 50) AS name, i / 3.0::DOUBLE AS value, CASE WHEN i % 3 = 0 THEN NULL ELSE repeat('é', i % 40) END AS text FROM range(${from}, ${to}) t(i)`;

it('holds the rows of all files in order, whatever their codec and row groups', async () => {
  const { dir, make, rows } = await openTool();
  const paths = [
    await make('a', ROWS(0, 10_000), ', COMPRESSION snappy'),
    await make('b', ROWS(10_000, 10_001), ', COMPRESSION zstd'),
    await make('c', ROWS(10_001, 40_000), ', COMPRESSION zstd, ROW_GROUP_SIZE 4096'),
  ];
  const target = join(dir, 'all');
  expect(await appendParquet(paths, target)).toBe(40_000);
  expect(await rows(`SELECT * FROM read_parquet(${sqlText(target)})`)).toEqual(await rows(ROWS(0, 40_000)));
});

it('keeps statistics and Bloom filters true, so that no row is skipped wrongly, also when appended twice', async () => {
  const { dir, make, rows } = await openTool();
  const one = await make('one', `${ROWS(0, 20_000)} ORDER BY name`, ', ROW_GROUP_SIZE 2048');
  const two = await make('two', `${ROWS(20_000, 40_000)} ORDER BY name`, ', ROW_GROUP_SIZE 2048');
  await appendParquet([one, two], join(dir, 'once'));
  const target = join(dir, 'twice');
  expect(await appendParquet([join(dir, 'once'), two, one], target)).toBe(80_000);
  for (const name of ['name-0', 'name-7', 'name-49', 'name-x'])
    expect(
      await rows(`SELECT count(*)::INTEGER AS n FROM read_parquet(${sqlText(target)}) WHERE name = '${name}'`),
    ).toEqual([{ n: name === 'name-x' ? 0 : 1_600 }]);
  const probe = await rows(
    `SELECT count(*) FILTER (bloom_filter_excludes)::INTEGER AS n FROM parquet_bloom_probe(${sqlText(target)}, 'name', 'name-7')`,
  );
  expect(probe[0]?.['n']).toBeGreaterThan(10);
});

it('refuses files of different schemas, and what is no Parquet', async () => {
  const { dir, make } = await openTool();
  const one = await make('one', 'SELECT 1 AS a');
  const other = await make('other', 'SELECT 1 AS b');
  await writeFile(join(dir, 'text'), 'this is no Parquet file at all');
  await writeFile(join(dir, 'short'), 'P');
  await expect(appendParquet([one, other], join(dir, 'out'))).rejects.toThrow('another schema');
  await expect(appendParquet([join(dir, 'text')], join(dir, 'out'))).rejects.toThrow('is not a Parquet file');
  await expect(appendParquet([join(dir, 'short')], join(dir, 'out'))).rejects.toThrow('too short');
});

it('writes a footer back byte for byte', async () => {
  const { make } = await openTool();
  const file = await readFile(await make('one', ROWS(0, 5_000), ', ROW_GROUP_SIZE 2048'));
  const length = file.readUInt32LE(file.length - 8);
  const footer = file.subarray(file.length - 8 - length, file.length - 8);
  expect(writeStruct(readStruct(footer)).equals(footer)).toBe(true);
});

it('reads back any numbers, bytes, lists and structs that it wrote', () => {
  const { tree } = fc.letrec<{ tree: ThriftField[] }>((tie) => ({
    tree: fc.uniqueArray(
      fc.record({
        id: fc.integer({ min: 1, max: 300 }),
        value: fc.oneof(
          { depthSize: 'small' },
          fc.record({ kind: fc.constant('bool' as const), value: fc.boolean() }),
          fc.record({ kind: fc.constant('int' as const), type: fc.constant(6), value: fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 }).map((n) => n || 0) }),
          fc.uint8Array().map((bytes) => ({ kind: 'binary' as const, bytes: Buffer.from(bytes) })),
          fc.array(fc.record({ kind: fc.constant('int' as const), type: fc.constant(5), value: fc.integer().map((n) => n || 0) }), { maxLength: 40 })
            .map((items) => ({ kind: 'list' as const, itemType: 5, items })),
          tie('tree').map((fields) => ({ kind: 'struct' as const, fields })),
        ),
      }),
      { selector: (field) => field.id, maxLength: 6 },
    ),
  })); // prettier-ignore
  fc.assert(
    fc.property(tree, (fields) => {
      expect(readStruct(writeStruct(fields))).toEqual(fields);
    }),
  );
});
