import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { copyTypes } from '../../../../src/store/remote/copies/copy-types.ts';
import { expireRemote } from '../../../../src/store/remote/copies/expire-remote.ts';
import { announce, EMPTY_BOOK } from '../../../../src/store/type-book.ts';
import { readBook } from '../../../../src/store/type-book-text.ts';
import { saveTypes } from '../../../../src/store/types-file.ts';
import { tempDir } from '../../journal-text.ts';
import { createMemoryRemote } from './memory-remote.ts';

const { signal } = new AbortController();

it("deletes the writer's own files of days that a store does not keep, and nobody else's", async () => {
  const remote = createMemoryRemote();
  const name = (dt: string, writer: string): string => `dt=${dt}/${writer}.0000000000000000-0000000000000009.parquet`;
  for (const dt of ['2026-11-01', '2026-11-20', '2026-11-22']) {
    for (const writer of ['shop-1f2e3d4c', 'shop-1f2e3d4c-2', 'other-00000000'])
      remote.files.set(name(dt, writer), Buffer.from('x'));
  }
  remote.files.set('dt=2026-11-01/notes.txt', Buffer.from('x'));
  const keeping = { remote, writer: 'shop-1f2e3d4c', keptDays: 2 };
  expect(await expireRemote(keeping, Date.parse('2026-11-22T10:00:00Z'), signal)).toBe(1);
  expect(remote.files.has(name('2026-11-01', 'shop-1f2e3d4c'))).toBe(false);
  expect(remote.files.size).toBe(9);
  expect(await expireRemote({ ...keeping, keptDays: Infinity }, Date.now(), signal)).toBe(0);
});

it('copies the registered types when they have changed, under the name of their writer', async () => {
  const dir = await tempDir();
  await mkdir(join(dir, '_staging'));
  const remote = createMemoryRemote();
  const copying = { dir, remote, writer: 'shop-1f2e3d4c' };
  const none = await copyTypes(copying, undefined, signal);
  expect(remote.files.size).toBe(0);
  const book = announce(EMPTY_BOOK, { type: 'order', columns: new Map([['total', 'number']]), atMs: 0 }, 0, 1e9);
  await saveTypes(dir, book);
  const known = await copyTypes(copying, none, signal);
  expect(readBook(remote.files.get('_types/shop-1f2e3d4c.json')!.toString())).toEqual(book);
  remote.files.clear();
  await copyTypes(copying, known, signal);
  expect(remote.files.size).toBe(0);
});
