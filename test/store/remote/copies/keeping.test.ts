import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { archiveFileName, listArchive } from '../../../../src/store/layout.ts';
import { listDue } from '../../../../src/store/remote/copies/copy-due.ts';
import {
  markCopied,
  readMarks,
  removeMarksWithoutDay,
  targetOf,
} from '../../../../src/store/remote/copies/copy-marks.ts';
import { copyTypes } from '../../../../src/store/remote/copies/copy-types.ts';
import { expireRemote } from '../../../../src/store/remote/copies/expire-remote.ts';
import type { InTime } from '../../../../src/store/remote/copies/in-time.ts';
import { announce, EMPTY_BOOK } from '../../../../src/store/types/type-book.ts';
import { readBook } from '../../../../src/store/types/type-book-text.ts';
import { saveTypes } from '../../../../src/store/types/types-file.ts';
import { tempDir } from '../../journal-text.ts';
import { DAY_MS, HOUR_MS, openCopying } from './copying-archive.ts';
import { createMemoryRemote } from './memory-remote.ts';

const { signal } = new AbortController();

const OLD = '2026-11-01';
const NOW = Date.parse('2026-11-22T10:00:00Z');
const name = (dt: string, writer: string): string => `dt=${dt}/${writer}.0000000000000000-0000000000000009.parquet`;

/** A store of two days, with what is asked of it each time that it is called. */
async function keeping() {
  const remote = createMemoryRemote();
  const turns: string[][] = [];
  remote.onCall = (moment, call, path) => {
    if (moment === 'before') turns.at(-1)?.push(`${call} ${path}`.trim());
  };
  const options = { dir: await tempDir(), remote, url: remote.url, writer: 'shop-1f2e3d4c', keptDays: 2 };
  const done = new Set<string>();
  const inTime: InTime = (run) => {
    turns.push([]);
    return run(signal);
  };
  const expire = (given = options): Promise<number> => expireRemote(given, NOW, done, inTime);
  return { ...options, options, turns, expire };
}

describe('expireRemote', () => {
  it("deletes the writer's own files of days that a store does not keep, and nobody else's", async () => {
    const { remote, options, expire } = await keeping();
    for (const dt of [OLD, '2026-11-20', '2026-11-22']) {
      for (const writer of ['shop-1f2e3d4c', 'shop-1f2e3d4c-2', 'other-00000000', 'import-0011'])
        remote.files.set(name(dt, writer), Buffer.from('x'));
    }
    remote.files.set('dt=2026-11-01/notes.txt', Buffer.from('x'));
    expect(await expire({ ...options, keptDays: Infinity })).toBe(0);
    expect(await expire()).toBe(1);
    expect(remote.files.has(name(OLD, 'shop-1f2e3d4c'))).toBe(false);
    expect(remote.files.size).toBe(12);
  });

  it('does so day by day, each in its own time and once, and deletes the folders in which nothing is left', async () => {
    const { remote, writer, turns, expire } = await keeping();
    remote.files.set(name('2026-11-02', 'other-00000000'), Buffer.from('x'));
    remote.files.set(name(OLD, writer), Buffer.from('x'));
    await expire();
    const listing = ['list'];
    expect(turns).toEqual([['days'], [...listing, `remove ${name(OLD, writer)}`, `removeDay ${OLD}`], listing]);
    turns.length = 0;
    await expire();
    expect(turns).toEqual([['days']]);
  });

  it('deletes the imports that this archive has copied, however long they have been gone here, with their marks', async () => {
    const { dir, remote, url, expire } = await keeping();
    const range = { dt: OLD, writer: 'import-0011', first: 0, last: 9 };
    const path = name(OLD, 'import-0011');
    for (const stored of [path, name(OLD, 'import-0022')]) remote.files.set(stored, Buffer.from('x'));
    await markCopied(dir, targetOf(url), range, { path, bytes: 1, checksum: '' });
    await removeMarksWithoutDay(dir, []);
    expect(await expire()).toBe(1);
    expect([...remote.files.keys()]).toEqual([name(OLD, 'import-0022')]);
    expect((await readMarks(dir)).get(targetOf(url))?.copied(range)).toBe('none');
  });
});

it('copies none of what a store has deleted where it keeps more days later, but for imports, and what it never had', async () => {
  const archive = await openCopying();
  const { dir, clock, remote, writer } = archive;
  await archive.write(3);
  clock.advance(HOUR_MS);
  await archive.merge();
  const [file] = await listArchive(dir);
  const path = file?.path ?? '';
  await cp(path, join(dirname(path), archiveFileName(0, 2, 'import-0011')));
  await archive.copy();
  clock.advance(DAY_MS);
  await archive.write(3);
  clock.advance(HOUR_MS);
  await archive.merge();
  clock.advance(4 * DAY_MS);
  const { url } = remote;
  const dueOf = async (keptDays: number): Promise<string[]> =>
    (await listDue(dir, { url, keptDays }, clock.now())).map((due) => `${due.dt} ${due.writer}`);
  const copying = { dir, remote, url, writer, keptDays: 2 };
  expect(await expireRemote(copying, clock.now(), new Set(), (run) => run(signal))).toBe(2);
  expect(await dueOf(2)).toEqual([]);
  expect(await dueOf(30)).toEqual(['2026-11-23 ', '2026-11-22 import-0011']);
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
