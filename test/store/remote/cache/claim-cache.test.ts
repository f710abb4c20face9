import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { claimCache } from '../../../../src/store/remote/cache/claim-cache.ts';
import { openArchiveCache } from '../../../../src/store/remote/cache/archive-cache.ts';
import { listArchive } from '../../../../src/store/layout.ts';
import { tempDir } from '../../journal-text.ts';
import { writtenBy } from '../../written-by.ts';
import { memoryRemote } from '../memory-remote.ts';

const ONE = 'hdfs://nowhere/archive';
const OTHER = 's3://bucket/archive';

it('makes a folder the cache of an archive, and knows it again', async () => {
  const dir = join(await tempDir(), 'a', 'b');
  await claimCache(dir, ONE);
  await writeFile(join(dir, 'more'), '');
  await claimCache(dir, ONE);
  expect(await readdir(dir)).toEqual(['_cache.json', 'more']);
  expect(JSON.parse(await readFile(join(dir, '_cache.json'), 'utf8'))).toEqual({ version: 1, url: ONE });
});

it('lets nobody else read what it copies', async () => {
  const dir = join(await tempDir(), 'a', 'b');
  await claimCache(dir, ONE);
  expect((await stat(dir)).mode & 0o077).toBe(0);
});

it('is taken by several at once', async () => {
  const dir = join(await tempDir(), 'a');
  await Promise.all(Array.from({ length: 20 }, () => claimCache(dir, ONE)));
  expect(await readdir(dir)).toEqual(['_cache.json']);
});

it.each([
  ['the cache of another archive', '_cache.json', JSON.stringify({ url: OTHER }), `is the cache of ${OTHER}`],
  ['a cache that does not say of what', '_cache.json', '{', 'is not empty, and no cache'],
  ['a folder of something else', 'notes.txt', 'buy milk', 'is not empty, and no cache'],
])('refuses %s', async (_, name, text, why) => {
  const dir = await tempDir();
  await writeFile(join(dir, name), text);
  await expect(claimCache(dir, ONE)).rejects.toMatchObject({
    name: 'RemoteError',
    message: `the folder ${JSON.stringify(dir)} ${why}: name another for what is copied of ${ONE}`,
  });
});

it('leaves an archive that is no cache as it is', async () => {
  const dir = await tempDir();
  await writtenBy(dir, { writer: 'shop-0000000a', dt: '2026-11-20', lines: [{}] });
  await mkdir(join(dir, '_staging'), { recursive: true });
  const before = await listArchive(dir);
  const opening = openArchiveCache(memoryRemote(), dir, {}, new AbortController().signal);
  await expect(
    opening.then((cache) => cache.fill({ limitBytes: 1, now: Date.now(), signal: new AbortController().signal })),
  ).rejects.toThrow('no cache');
  expect(await listArchive(dir)).toEqual(before);
});

it('refuses what is no folder', async () => {
  const file = join(await tempDir(), 'notes.txt');
  await writeFile(file, 'buy milk');
  await expect(claimCache(file, ONE)).rejects.toMatchObject({
    name: 'RemoteError',
    message: `${JSON.stringify(file)} is no folder: name one for what is copied of ${ONE}`,
  });
});
