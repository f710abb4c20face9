import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { DayRange } from '../../../../src/store/day-range.ts';
import { listArchive } from '../../../../src/store/layout.ts';
import { openStore, type Store } from '../../../../src/store/query.ts';
import { openArchiveCache, type FillOptions } from '../../../../src/store/remote/cache/archive-cache.ts';
import { RemoteError } from '../../../../src/store/remote/remote.ts';
import { MAX_TEXT_BYTES } from '../../../../src/store/remote/small-text.ts';
import { announce, configure, EMPTY_BOOK } from '../../../../src/store/types/type-book.ts';
import { bookText } from '../../../../src/store/types/type-book-text.ts';
import { TYPES_FILE } from '../../../../src/store/types/types-file.ts';
import { tempDir } from '../../journal-text.ts';
import { writtenBy } from '../../written-by.ts';
import { memoryRemote, type MemoryRemote } from '../memory-remote.ts';

const NOW = Date.parse('2026-11-27T12:00:00Z');
const HOUR_MS = 3_600_000;
const never = new AbortController().signal;

/** A remote with one message a day of two writers. */
async function twoWriters(days: readonly string[]): Promise<MemoryRemote> {
  const remote = memoryRemote();
  const dir = await tempDir();
  for (const dt of days)
    for (const writer of ['shop-0000000a', 'shop-0000000b']) {
      const path = await writtenBy(dir, { writer, dt, lines: [{ payload: '2' }] });
      remote.content.set(path.slice(dir.length + 1), await readFile(path));
    }
  return remote;
}

async function fill(remote: MemoryRemote, dir: string, days: DayRange, options: Partial<FillOptions> = {}) {
  const cache = await openArchiveCache(remote, dir, days, options.signal ?? never);
  await cache.fill({ limitBytes: Infinity, now: NOW, signal: never, ...options });
  return cache;
}

async function open(dir: string, days: DayRange): Promise<Store> {
  const store = await openStore(dir, { threads: 1, days });
  onTestFinished(() => store.close());
  return store;
}

const cachedDays = async (dir: string): Promise<readonly string[]> => [
  ...new Set((await listArchive(dir)).map(({ dt }) => dt)),
];

/** Files whose content no one reads. */
function fakeFile(remote: MemoryRemote, dt: string, bytes: number, writer = 'a-00000000'): string {
  const path = `dt=${dt}/${writer}.0000000000000000-0000000000000009.parquet`;
  remote.content.set(path, Buffer.alloc(bytes));
  return path;
}

/** Copies bear the time of this machine, which is none of the test's. */
async function askedForAt(dir: string, ms: number): Promise<void> {
  for (const { path } of await listArchive(dir)) await utimes(path, ms / 1_000, ms / 1_000);
}

it('copies the files of all writers, once, and a store there has every message', async () => {
  const remote = await twoWriters(['2026-11-20', '2026-11-21']);
  const dir = await tempDir();
  const seen: number[] = [];
  const cache = await fill(remote, dir, {}, { onProgress: ({ fetchedBytes }) => void seen.push(fetchedBytes) });
  expect(cache.missing).toEqual(cache.wanted);
  expect(seen.at(-1)).toBe(cache.wanted.bytes);
  const store = await open(dir, {});
  expect((await store.query('SELECT count(*)::INTEGER AS n, sum(value) AS s FROM counters')).rows).toEqual([
    { n: 4, s: 8 },
  ]);
  const again = await fill(remote, dir, {});
  expect(again.missing).toEqual({ count: 0, bytes: 0 });
  expect(remote.got).toHaveLength(4);
  expect(await readdir(join(dir, '_staging'))).toEqual([]);
});

it('copies the days asked for alone, and a store of these days has no others', async () => {
  const remote = await twoWriters(['2026-11-19', '2026-11-20', '2026-11-21']);
  const dir = await tempDir();
  await fill(remote, dir, { from: '2026-11-20', to: '2026-11-20' });
  expect(await cachedDays(dir)).toEqual(['2026-11-20']);
  await fill(remote, dir, { from: '2026-11-21' });
  expect(await cachedDays(dir)).toEqual(['2026-11-20', '2026-11-21']);
  const store = await open(dir, { from: '2026-11-21' });
  expect((await store.query('SELECT count(*)::INTEGER AS n FROM messages')).rows).toEqual([{ n: 2 }]);
});

it('copies a file of another length again, and deletes what the remote no longer has of the days asked for', async () => {
  const remote = memoryRemote();
  const dir = await tempDir();
  const [kept, gone, other] = [
    fakeFile(remote, '2026-11-20', 10),
    fakeFile(remote, '2026-11-20', 10, 'b-00000000'),
    fakeFile(remote, '2026-11-10', 10),
  ];
  await fill(remote, dir, {});
  await askedForAt(dir, NOW);
  await writeFile(join(dir, kept), 'torn');
  remote.content.delete(gone);
  remote.content.delete(other);
  await fill(remote, dir, { from: '2026-11-15' }, { now: NOW + 3 * HOUR_MS });
  expect((await listArchive(dir)).map(({ path, bytes }) => [path.slice(dir.length + 1), bytes])).toEqual([
    [other, 10],
    [kept, 10],
  ]);
  await fill(remote, dir, {}, { now: NOW + 3 * HOUR_MS });
  expect(await readdir(dir)).not.toContain('dt=2026-11-10');
});

it('leaves what another has just brought, and this one has not listed', async () => {
  const remote = memoryRemote();
  const dir = await tempDir();
  fakeFile(remote, '2026-11-20', 10);
  const before = await openArchiveCache(remote, dir, {}, never);
  const newer = fakeFile(remote, '2026-11-20', 10, 'b-00000000');
  await fill(remote, dir, {});
  await askedForAt(dir, NOW);
  await before.fill({ limitBytes: Infinity, now: NOW, signal: never });
  expect((await listArchive(dir)).map(({ path }) => path)).toContain(join(dir, newer));
});

it('takes no name that is none of an archive’s, whatever the store lists', async () => {
  const remote = memoryRemote();
  remote.content.set('dt=2026-11-20/../../../etc/passwd', 'x');
  remote.content.set('dt=2026-11-20/notes.txt', 'x');
  const cache = await fill(remote, await tempDir(), {});
  expect(cache.wanted.count).toBe(0);
  expect(remote.got).toEqual([]);
});

it('makes room with the days that were not asked for the longest, and leaves those that a query may be reading', async () => {
  const remote = memoryRemote();
  const dir = await tempDir();
  for (const [index, dt] of ['2026-11-01', '2026-11-02', '2026-11-03'].entries()) {
    fakeFile(remote, dt, 100);
    await fill(remote, dir, { from: dt, to: dt });
    const used = (NOW - (30 - 10 * index) * HOUR_MS) / 1_000;
    for (const file of await listArchive(dir)) if (file.dt === dt) await utimes(file.path, used, used);
  }
  await fill(remote, dir, { from: '2026-11-01', to: '2026-11-01' }, { limitBytes: 300 }); // all fit; the first is the latest used now
  fakeFile(remote, '2026-11-04', 100);
  await fill(remote, dir, { from: '2026-11-04' }, { limitBytes: 300 });
  expect(await cachedDays(dir)).toEqual(['2026-11-01', '2026-11-03', '2026-11-04']);
  await fill(remote, dir, { from: '2026-11-04' }, { limitBytes: 100 });
  expect(await cachedDays(dir)).toEqual(['2026-11-01', '2026-11-04']);
});

it('copies again what another process deleted to make room in between', async () => {
  const remote = memoryRemote();
  const dir = await tempDir();
  fakeFile(remote, '2026-11-01', 100);
  const second = fakeFile(remote, '2026-11-02', 100);
  await fill(remote, dir, {});
  const cache = await openArchiveCache(remote, dir, { from: '2026-11-02' }, never);
  await fill(remote, dir, { from: '2026-11-01', to: '2026-11-01' }, { limitBytes: 100, now: NOW + 48 * HOUR_MS });
  expect(await cachedDays(dir)).toEqual(['2026-11-01']);
  await cache.fill({ limitBytes: Infinity, now: NOW, signal: never });
  expect((await listArchive(dir)).map(({ path }) => path)).toContain(join(dir, second));
});

it('says so if what it copies is deleted each time before all is there', async () => {
  const remote = memoryRemote();
  const dir = await tempDir();
  const paths = [1, 2, 3, 4].map((day) => fakeFile(remote, `2026-11-0${day}`, 10));
  const { get } = remote;
  const times = new Map<string, number>();
  remote.get = async (path, to, options) => {
    const round = (times.get(path) ?? 0) + 1;
    times.set(path, round);
    // The last one of each round, in which it is asked for as often as there were rounds.
    if (round < paths.length && path === paths.at(-round)) {
      for (const other of paths.slice(0, -round)) {
        await expect.poll(() => readFile(join(dir, other))).toHaveLength(10);
        await rm(join(dir, other));
      }
    }
    await get(path, to, options);
  };
  await expect(fill(remote, dir, {})).rejects.toMatchObject({
    kind: 'away',
    message: expect.stringMatching(/^a copied file of hdfs:\/\/nowhere\/archive vanished from /) as string,
  });
});

it('is filled by two at once, with every file whole', async () => {
  const remote = await twoWriters(['2026-11-20', '2026-11-21', '2026-11-22']);
  const dir = await tempDir();
  await Promise.all([fill(remote, dir, {}), fill(remote, dir, {}), fill(remote, dir, { from: '2026-11-21' })]);
  const store = await open(dir, {});
  expect((await store.query('SELECT count(*)::INTEGER AS n FROM messages')).rows).toEqual([{ n: 6 }]);
  expect(await readdir(join(dir, '_staging'))).toEqual([]);
});

it('tries again where the remote is away for a moment, and leaves out what its retention has just taken', async () => {
  const remote = memoryRemote();
  const dir = await tempDir();
  fakeFile(remote, '2026-11-01', 10);
  const gone = fakeFile(remote, '2026-11-02', 10);
  remote.before.push(
    () => Promise.reject(new RemoteError('away', 'the store is away')),
    () => void remote.content.delete(gone),
  );
  const copied: number[] = [];
  await fill(remote, dir, {}, { onProgress: (progress) => void copied.push(progress.fetchedBytes) });
  expect(await cachedDays(dir)).toEqual(['2026-11-01']);
  expect(copied.at(-1)).toBe(10);
});

it('rejects with the sentence of the first failure, keeps what was copied, and goes on from there', async () => {
  const remote = memoryRemote();
  const dir = await tempDir();
  for (let day = 10; day < 30; day++) fakeFile(remote, `2026-11-${day}`, 10);
  remote.before.push(...Array.from({ length: 5 }, () => () => undefined), () =>
    Promise.reject(new RemoteError('refused', 'the store refuses you')),
  );
  await expect(fill(remote, dir, {})).rejects.toThrow('the store refuses you');
  expect(await readdir(join(dir, '_staging'))).toEqual([]);
  const cache = await fill(remote, dir, {});
  expect(cache.missing.count).toBeLessThan(20);
  expect(await cachedDays(dir)).toHaveLength(20);
});

it('rejects as aborted once it is asked to, and leaves nothing half', async () => {
  const remote = memoryRemote();
  const dir = await tempDir();
  for (let day = 10; day < 30; day++) fakeFile(remote, `2026-11-${day}`, 10);
  const stopped = new AbortController();
  remote.before.push(
    () => undefined,
    () => stopped.abort(),
  );
  await expect(fill(remote, dir, {}, { signal: stopped.signal })).rejects.toMatchObject({ kind: 'aborted' });
  expect(await readdir(join(dir, '_staging'))).toEqual([]);
});

it('deletes what a process that was killed left half copied', async () => {
  const remote = memoryRemote();
  const dir = await tempDir();
  await fill(remote, dir, {});
  for (const [name, ageMs] of [
    ['cache-old', 2 * HOUR_MS],
    ['cache-young', 0],
    ['other', 2 * HOUR_MS],
  ] as const) {
    await writeFile(join(dir, '_staging', name), 'half');
    await utimes(join(dir, '_staging', name), (NOW - ageMs) / 1_000, (NOW - ageMs) / 1_000);
  }
  await fill(remote, dir, {});
  expect((await readdir(join(dir, '_staging'))).sort()).toEqual(['cache-young', 'other']);
});

it('has a view for each type that any of the writers knows', async () => {
  const remote = await twoWriters(['2026-11-20']);
  const configured = configure(EMPTY_BOOK, new Map([['order.placed', new Map([['total', 'number'] as const])]]));
  const announced = announce(
    EMPTY_BOOK,
    { type: 'cart.left', columns: new Map([['items', 'integer'] as const]), atMs: 1 },
    NOW,
    HOUR_MS,
  );
  remote.content.set('_types/shop-0000000a.json', bookText(configured));
  remote.content.set('_types/shop-0000000b.json', bookText(announced));
  remote.content.set('_types/broken.json', '{');
  const dir = await tempDir();
  await fill(remote, dir, {});
  const store = await open(dir, {});
  expect((await store.types()).types.map(({ view }) => view)).toEqual(['order_placed', 'cart_left']);
  expect((await store.query('SELECT total FROM order_placed')).rows).toEqual([]);
});

it('reads the types of one writer after the other, and passes over a text that is longer than any', async () => {
  const remote = memoryRemote();
  const types = configure(EMPTY_BOOK, new Map([['order.placed', new Map([['total', 'number'] as const])]]));
  for (const name of ['a', 'b', 'c']) remote.content.set(`_types/${name}.json`, bookText(EMPTY_BOOK));
  remote.content.set('_types/long.json', bookText(types) + ' '.repeat(MAX_TEXT_BYTES));
  const { read } = remote;
  let reading = 0;
  let most = 0;
  remote.read = async (path, signal) => {
    most = Math.max(most, ++reading);
    return await read(path, signal).finally(() => reading--);
  };
  const dir = await tempDir();
  await fill(remote, dir, {});
  expect(most).toBe(1);
  expect(await readFile(join(dir, TYPES_FILE), 'utf8')).not.toContain('order.placed');
});
