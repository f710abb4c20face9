import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { archiveEnd, archiveFileName, dayDir, listArchive, parseArchiveFileName } from '../../src/store/layout.ts';
import { DAY, tempDir } from './journal-text.ts';

async function put(dir: string, first: number, last: number, recent: boolean, dt = DAY, writer = ''): Promise<void> {
  const path = join(dayDir(dir, dt, recent), archiveFileName(first, last, writer));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, 'x');
}

const ranges = async (dir: string): Promise<string[]> =>
  (await listArchive(dir)).map((file) => `${file.recent ? '_recent/' : ''}${file.dt} ${file.first}-${file.last}`);

it('names a file by its padded offsets and reads them back', () => {
  expect(archiveFileName(7, 1_234_567)).toBe('0000000000000007-0000000001234567.parquet');
  expect(parseArchiveFileName('0000000000000007-0000000001234567.parquet')).toEqual({
    writer: '',
    first: 7,
    last: 1_234_567,
  });
});

it('puts a writer in front of the offsets, and reads it back', () => {
  const name = archiveFileName(7, 9, 'shop-1f2e');
  expect(name).toBe('shop-1f2e.0000000000000007-0000000000000009.parquet');
  expect(parseArchiveFileName(name)).toEqual({ writer: 'shop-1f2e', first: 7, last: 9 });
});

it.each([
  '7-9.parquet',
  '0000000000000009-0000000000000007.parquet',
  '0000000000000007-0000000000000009.parquet.tmp',
  '9999999999999999-9999999999999999.parquet',
  '_shop.0000000000000007-0000000000000009.parquet',
  '.0000000000000007-0000000000000009.parquet',
])('takes %s for no file of the archive', (name) => expect(parseArchiveFileName(name)).toBeUndefined());

it('finds an archive that does not exist yet empty', async () => {
  expect(await listArchive(join(await tempDir(), 'nowhere'))).toEqual([]);
});

it('lists in the order of offsets, over days and folders, and nothing that is staged or foreign', async () => {
  const dir = await tempDir();
  await put(dir, 10, 19, true);
  await put(dir, 0, 9, false);
  await put(dir, 20, 29, true, '2026-11-23');
  await mkdir(join(dir, '_staging'));
  await writeFile(join(dir, '_staging', archiveFileName(30, 39)), 'x');
  await writeFile(join(dir, '_recent', `dt=${DAY}`, 'notes.txt'), 'x');
  await writeFile(join(dir, '_SUCCESS'), '');
  expect(await ranges(dir)).toEqual(['2026-11-22 0-9', '_recent/2026-11-22 10-19', '_recent/2026-11-23 20-29']);
  expect(archiveEnd(await listArchive(dir))).toBe(30);
});

it('leaves out a file whose range lies inside another one, at whichever end, in whichever folder', async () => {
  const dir = await tempDir();
  for (const [first, last] of [[0, 9], [10, 19], [20, 29]] as const) await put(dir, first, last, true); // prettier-ignore
  await put(dir, 0, 29, true);
  await put(dir, 30, 39, true);
  expect(await ranges(dir)).toEqual(['_recent/2026-11-22 0-29', '_recent/2026-11-22 30-39']);
  await put(dir, 0, 39, false);
  expect(await ranges(dir)).toEqual(['2026-11-22 0-39']);
});

it("holds the offsets of each writer apart, and counts the folder's own alone", async () => {
  const dir = await tempDir();
  await put(dir, 0, 9, false);
  await put(dir, 2, 5, false, DAY, 'other');
  await put(dir, 0, 99, false, DAY, 'import-1');
  await put(dir, 0, 99, false, '2026-11-23', 'import-1');
  expect(await ranges(dir)).toEqual(['2026-11-22 0-9', '2026-11-22 0-99', '2026-11-23 0-99', '2026-11-22 2-5']);
  expect(archiveEnd(await listArchive(dir))).toBe(10);
});

it('of two files with the same range takes the promoted one', async () => {
  const dir = await tempDir();
  await put(dir, 0, 9, true);
  await put(dir, 0, 9, false);
  expect(await ranges(dir)).toEqual(['2026-11-22 0-9']);
});
