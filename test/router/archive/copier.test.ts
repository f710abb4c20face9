import { cp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openCopier, type Copier } from '../../../src/router/archive/copier.ts';
import { archiveFileName, listArchive } from '../../../src/store/layout.ts';
import { markBegun, targetOf } from '../../../src/store/remote/copies/copy-marks.ts';
import { RemoteError } from '../../../src/store/remote/remote.ts';
import { configure, EMPTY_BOOK } from '../../../src/store/types/type-book.ts';
import { saveTypes } from '../../../src/store/types/types-file.ts';
import { HOUR_MS, openCopying, type CopyingArchive } from '../../store/remote/copies/copying-archive.ts';

interface Bench extends CopyingArchive {
  readonly copier: Copier;
  readonly told: string[];
  /** Promotes a file of so many messages. */
  grow(count: number): Promise<void>;
}

async function open(keptDays = Infinity): Promise<Bench> {
  const archive = await openCopying();
  const told: string[] = [];
  const { dir, clock, remote } = archive;
  const copier = await openCopier(
    {
      dir,
      url: 'hdfs://by-another-name/metlog',
      identity: remote.url,
      name: 'shop',
      keptDays,
      maxWaitingBytes: 1e12,
      options: {},
      everyMs: 10_000,
    },
    { clock, open: () => Promise.resolve(remote), onTrouble: (text) => void told.push(text), random: () => 1 },
  );
  onTestFinished(() => copier.close(1_000));
  return Object.assign(archive, {
    copier,
    told,
    async grow(count: number) {
      await archive.write(count);
      clock.advance(HOUR_MS);
      await archive.merge();
    },
  });
}

/** Lets time pass until the copier says so. */
const until = async ({ copier, clock }: Bench, want: Partial<ReturnType<Copier['stats']>>): Promise<void> => {
  await expect
    .poll(
      () => {
        clock.advance(1_000);
        return copier.stats();
      },
      { interval: 5 },
    )
    .toMatchObject(want);
};

const away = (): never => {
  throw new RemoteError('away', 'hdfs://memory does not answer');
};

describe('openCopier', () => {
  it('copies what is there and what comes, and keeps the books', async () => {
    const bench = await open();
    await bench.grow(3);
    bench.copier.start(bench.end);
    await until(bench, { copiedFiles: 1, copiedMessages: 3, waitingFiles: 0 });
    await bench.grow(4);
    await until(bench, { copiedFiles: 2, copiedMessages: 7, waitingFiles: 0, waitingBytes: 0 });
    expect(bench.copier.stats()).toMatchObject({
      url: bench.remote.url,
      failures: 0,
      conflicts: 0,
      expired: 0,
      trouble: undefined,
    });
    expect(bench.told).toEqual([]);
    expect(bench.copier.stats().copiedBytes).toBe(
      [...bench.remote.files.values()].reduce((sum, { length }) => sum + length, 0),
    );
  });

  it('counts what waits anew in the course of a pass, in which files come and go', async () => {
    const bench = await open();
    await bench.grow(3);
    const [file] = await listArchive(bench.dir);
    const path = file?.path ?? '';
    const another = (first: number): string => join(dirname(path), archiveFileName(first, first + 2));
    let puts = 0;
    let release = (): void => undefined;
    bench.remote.onCall = async (moment, call) => {
      if (moment === 'after') return;
      if (call === 'days') for (const first of [3, 6]) await cp(path, another(first));
      if (call !== 'put') return;
      if (++puts === 2) return new Promise((resolve) => (release = resolve));
      await rm(another(3));
      bench.clock.advance(10_000);
    };
    bench.copier.start(bench.end);
    await until(bench, { copiedFiles: 1 });
    await expect.poll(() => puts).toBe(2);
    expect(bench.copier.stats()).toMatchObject({ waitingFiles: 1, waitingBytes: file?.bytes, waitingMessages: 3 });
    release();
    await until(bench, { copiedFiles: 2, waitingFiles: 0, waitingBytes: 0, waitingMessages: 0 });
  });

  it('says once that the store is away and once that it is back, and asks ever more rarely', async () => {
    const bench = await open();
    await bench.grow(3);
    let calls = 0;
    bench.remote.onCall = (moment) => {
      if (moment === 'before') calls++;
      away();
    };
    bench.copier.start(bench.end);
    await until(bench, { failures: 8, waitingFiles: 1, trouble: 'hdfs://memory does not answer' });
    const startedMs = bench.clock.monotonic();
    await until(bench, { failures: 9 });
    expect(bench.clock.monotonic() - startedMs).toBeGreaterThanOrEqual(59_000);
    expect(calls).toBe(9);
    bench.remote.onCall = () => undefined;
    await until(bench, { copiedFiles: 1, trouble: undefined });
    expect(bench.told).toEqual([
      `the archive is not copied to ${bench.remote.url} for now, and is kept here: hdfs://memory does not answer`,
      `the archive is copied to ${bench.remote.url} again`,
    ]);
  });

  it('says before there is anything to copy that the store takes nothing', async () => {
    const bench = await open();
    const { url, files } = bench.remote;
    bench.remote.onCall = (moment, call) => {
      if (moment === 'before' && call === 'replace') throw new RemoteError('refused', 'it may not write there.');
    };
    bench.copier.start(bench.end);
    await until(bench, { failures: 2, copiedFiles: 0, trouble: 'it may not write there.' });
    expect(bench.told).toEqual([
      `the archive is not copied to ${url} until somebody sees to it, and is kept here: it may not write there.`,
    ]);
    bench.remote.onCall = () => undefined;
    await until(bench, { trouble: undefined });
    expect(bench.told[1]).toBe(`the archive is copied to ${url} again`);
    expect([...files.keys()]).toEqual([]);
  });

  it.each([
    ['after', 'replace'],
    ['before', 'remove'],
  ] as const)('tries again where its trial was cut off %s its %s, though it copies', async (at, what) => {
    const bench = await open();
    await bench.grow(3);
    let trials = 0;
    bench.remote.onCall = (moment, call) => {
      if (moment === at && call === what && ++trials === 1) away();
    };
    bench.copier.start(bench.end);
    await until(bench, { copiedFiles: 1, trouble: undefined });
    await expect.poll(() => [bench.clock.advance(1_000), bench.remote.files.size][1]).toBe(1);
    expect(trials).toBe(2);
    expect(bench.told).toEqual([]);
  });

  it('says so again when trouble of another kind follows, and not when only the words are others', async () => {
    const bench = await open();
    await bench.grow(3);
    const kinds = ['away', 'away', 'refused', 'refused', 'away'] as const;
    let failures = 0;
    bench.remote.onCall = () => {
      const kind = kinds[failures];
      if (kind !== undefined) throw new RemoteError(kind, `failure ${++failures}`);
    };
    bench.copier.start(bench.end);
    await until(bench, { failures: kinds.length, trouble: 'failure 5' });
    await until(bench, { copiedFiles: 1, trouble: undefined });
    const { url } = bench.remote;
    expect(bench.told).toEqual([
      `the archive is not copied to ${url} for now, and is kept here: failure 1`,
      `the archive is not copied to ${url} until somebody sees to it, and is kept here: failure 3`,
      `the archive is not copied to ${url} for now, and is kept here: failure 5`,
      `the archive is copied to ${url} again`,
    ]);
  });

  it('tidies what an attempt that failed may have left, before the next', async () => {
    const bench = await open();
    await bench.grow(3);
    const calls: string[] = [];
    bench.remote.onCall = (moment, call) => {
      if (moment === 'after' || (call !== 'tidy' && call !== 'put')) return;
      if (calls.push(call) === 1) away();
    };
    bench.copier.start(bench.end);
    await until(bench, { copiedFiles: 1, failures: 1 });
    expect(calls).toEqual(['put', 'tidy', 'put']);
  });

  it('counts as expired what waits for longer than the store keeps it, and does not say that it works', async () => {
    const bench = await open(1);
    await bench.grow(3);
    bench.copier.start(bench.end);
    await until(bench, { copiedFiles: 1, waitingFiles: 0 });
    await bench.grow(5);
    bench.remote.onCall = away;
    await until(bench, { waitingMessages: 5, trouble: 'hdfs://memory does not answer' });
    bench.clock.advance(72 * HOUR_MS);
    await until(bench, { waitingFiles: 0, copiedMessages: 3, expired: 5 });
    const { failures } = bench.copier.stats();
    await expect
      .poll(
        () => {
          bench.clock.advance(60_000);
          return bench.copier.stats().failures;
        },
        { interval: 5 },
      )
      .toBeGreaterThan(failures + 4);
    expect(bench.copier.stats().trouble).toBe('hdfs://memory does not answer');
    expect(bench.told).toHaveLength(1);
    bench.remote.onCall = () => undefined;
    await until(bench, { copiedMessages: 3, expired: 5, trouble: undefined });
    expect(bench.told[1]).toBe(`the archive is copied to ${bench.remote.url} again`);
  });

  it('counts and tells a conflict once, and copies the others', async () => {
    const bench = await open();
    await bench.grow(3);
    await bench.grow(4);
    bench.remote.files.set(`dt=2026-11-22/${bench.writer}.0000000000000000-0000000000000002.parquet`, Buffer.from('x'));
    bench.copier.start(bench.end);
    await until(bench, { copiedFiles: 1, conflicts: 1, waitingFiles: 1, trouble: undefined });
    for (let round = 0; round < 5; round++) {
      bench.clock.advance(10_000);
      await bench.clock.settle();
    }
    expect(bench.copier.stats().failures).toBe(1);
    expect(bench.told).toHaveLength(1);
    expect(bench.told[0]).toContain('is not copied:');
  });

  it('tidies up behind earlier runs before it copies, and deletes the days that are not kept', async () => {
    const bench = await open(2);
    await bench.grow(3);
    const calls: string[] = [];
    bench.remote.onCall = (moment, call, path) => {
      if (moment === 'before') calls.push(`${call} ${path.slice(0, 13)}`);
    };
    const gone = { dt: '2026-11-20', writer: '', first: 900, last: 999 };
    await markBegun(bench.dir, targetOf(bench.remote.url), gone);
    bench.remote.files.set(`dt=2026-11-01/${bench.writer}.0000000000000000-0000000000000002.parquet`, Buffer.from('x'));
    bench.copier.start(bench.end);
    await expect
      .poll(() => {
        bench.clock.advance(1_000);
        return [...bench.remote.files.keys()].map((path) => path.slice(0, 13));
      })
      .toEqual(['dt=2026-11-22']);
    expect(calls.filter((call) => /^(?:tidy|remove|put) dt=/.test(call))).toEqual([
      'tidy dt=2026-11-20',
      'remove dt=2026-11-01',
      'put dt=2026-11-22',
    ]);
  });

  it('gets the room that it wants in a store that is full from the days that are not kept', async () => {
    const bench = await open(2);
    await bench.grow(3);
    const old = `dt=2026-11-01/${bench.writer}.0000000000000000-0000000000000002.parquet`;
    bench.remote.files.set(old, Buffer.from('x'));
    bench.remote.onCall = (_, call) => {
      if (call === 'put' && bench.remote.files.has(old)) throw new RemoteError('refused', 'has a full quota of space');
    };
    bench.copier.start(bench.end);
    await until(bench, { copiedFiles: 1, waitingFiles: 0, trouble: undefined });
    expect(bench.told).toEqual([]);
  });

  it('writes the types, and deletes days that end, though the store refuses the files of one day', async () => {
    const bench = await open(2);
    await bench.grow(3);
    await saveTypes(bench.dir, configure(EMPTY_BOOK, new Map([['order.placed', new Map()]])));
    bench.remote.onCall = (_, call, path) => {
      if (call === 'put' && path.startsWith('dt=2026-11-22')) throw new RemoteError('refused', 'no right to that day');
    };
    bench.copier.start(bench.end);
    await until(bench, { failures: 3, trouble: 'no right to that day' });
    expect([...bench.remote.files.keys()]).toEqual([`_types/${bench.writer}.json`]);
    bench.remote.files.clear();
    bench.remote.files.set(`dt=2026-11-01/${bench.writer}.0000000000000000-0000000000000002.parquet`, Buffer.from('x'));
    await expect
      .poll(
        () => {
          bench.clock.advance(60_000);
          return bench.remote.files.size;
        },
        { interval: 5 },
      )
      .toBe(0);
    expect(bench.told).toHaveLength(1);
  });

  it('says what else fails of a store that refuses a file, and not of one that is away', async () => {
    const bench = await open(2);
    await bench.grow(3);
    bench.remote.files.set(`dt=2026-11-01/${bench.writer}.0000000000000000-0000000000000002.parquet`, Buffer.from('x'));
    let kind: 'away' | 'refused' = 'away';
    bench.remote.onCall = (_, call) => {
      if (call === 'put' || call === 'remove') throw new RemoteError(kind, `${call} fails`);
    };
    bench.copier.start(bench.end);
    await until(bench, { failures: 4, trouble: 'put fails' });
    expect(bench.told).toHaveLength(1);
    kind = 'refused';
    const { url } = bench.remote;
    await expect
      .poll(() => {
        bench.clock.advance(1_000);
        return bench.told;
      })
      .toEqual([
        `the archive is not copied to ${url} for now, and is kept here: put fails`,
        `the archive is not copied to ${url} until somebody sees to it, and is kept here: put fails`,
        `nor is all else well in ${url}: old days are not deleted there: remove fails`,
      ]);
  });

  it('copies, and tells apart, and once, that it cannot tidy up behind earlier runs', async () => {
    const bench = await open();
    await bench.grow(3);
    await markBegun(bench.dir, targetOf(bench.remote.url), { dt: '2026-11-20', writer: '', first: 900, last: 999 });
    bench.remote.onCall = (_, call) => {
      if (call === 'tidy') throw new RemoteError('refused', 'no right to delete');
    };
    bench.copier.start(bench.end);
    await until(bench, { copiedFiles: 1, failures: 1, trouble: undefined });
    await bench.grow(3);
    await until(bench, { copiedFiles: 2, trouble: undefined });
    expect(bench.copier.stats().failures).toBeGreaterThan(1);
    expect(bench.told).toEqual([
      `the archive is copied to ${bench.remote.url}, but what an attempt left half done there is not deleted: no right to delete`,
    ]);
  });

  it('deletes old days though the types cannot be written, which is told once', async () => {
    const bench = await open(2);
    await bench.grow(3);
    await saveTypes(bench.dir, configure(EMPTY_BOOK, new Map([['order.placed', new Map()]])));
    const old = `dt=2026-11-01/${bench.writer}.0000000000000000-0000000000000002.parquet`;
    bench.remote.files.set(old, Buffer.from('x'));
    bench.remote.onCall = (_, call) => {
      if (call === 'replace') throw new RemoteError('refused', 'no right to _types');
    };
    bench.copier.start(bench.end);
    await until(bench, { copiedFiles: 1, failures: 2, trouble: undefined });
    expect(bench.remote.files.has(old)).toBe(false);
    expect(bench.told).toEqual([
      `the archive is copied to ${bench.remote.url}, but its types are not written there: no right to _types`,
    ]);
  });

  it('says once that the store refuses one day, while it copies what comes', async () => {
    const bench = await open();
    await bench.grow(3);
    bench.remote.onCall = (_, call, path) => {
      if (call === 'put' && path.startsWith('dt=2026-11-22')) throw new RemoteError('refused', `no right to ${path}`);
    };
    bench.copier.start(bench.end);
    await until(bench, { failures: 2 });
    bench.clock.advance(24 * HOUR_MS);
    await bench.grow(3);
    await until(bench, { copiedFiles: 1 });
    await bench.grow(3);
    await until(bench, { copiedFiles: 2, waitingFiles: 1, trouble: expect.any(String) as string });
    expect(bench.told).toHaveLength(1);
  });

  it('tells apart, and once, that old days cannot be deleted', async () => {
    const bench = await open(2);
    await bench.grow(3);
    bench.remote.files.set(`dt=2026-11-01/${bench.writer}.0000000000000000-0000000000000002.parquet`, Buffer.from('x'));
    bench.remote.onCall = (_, call) => {
      if (call === 'remove') throw new RemoteError('refused', 'no right to delete');
    };
    bench.copier.start(bench.end);
    await until(bench, { copiedFiles: 1, failures: 2, trouble: undefined });
    await bench.grow(3);
    await until(bench, { copiedFiles: 2, trouble: undefined });
    expect(bench.told).toEqual([
      `the archive is copied to ${bench.remote.url}, but old days are not deleted there: no right to delete`,
    ]);
  });

  it('takes as long as it wants to learn what the store has, if no day takes too long', async () => {
    const bench = await open();
    await bench.grow(3);
    for (const day of ['2026-11-23', '2026-11-24', '2026-11-25'])
      bench.remote.files.set(`dt=${day}/other-00000000.0000000000000000-0000000000000009.parquet`, Buffer.from('x'));
    bench.remote.onCall = (moment, call) => {
      if (moment === 'before' && call === 'list') bench.clock.advance(40_000);
    };
    bench.copier.start(bench.end);
    await until(bench, { copiedFiles: 1, failures: 0 });
  });

  it('says once that the folder is a copy of another that went on, and goes on by another name', async () => {
    const bench = await open();
    await bench.grow(3);
    bench.remote.files.set(`dt=2026-11-22/${bench.writer}.0000000000000000-0000000000000009.parquet`, Buffer.from('x'));
    bench.copier.start(0);
    await bench.grow(2);
    await until(bench, { copiedFiles: 2, waitingFiles: 0 });
    expect(bench.told).toHaveLength(1);
    expect(bench.told[0]).toContain(`has messages in files of ${bench.writer} that ${bench.dir} never had`);
  });

  it('lets any file that waits be deleted but the one that it copies, and does not copy what is', async () => {
    const bench = await open();
    for (const count of [3, 4, 5]) await bench.grow(count);
    const [first, second] = (await listArchive(bench.dir)).map(({ path }) => path);
    let mayGo: boolean[] = [];
    bench.remote.onCall = (moment, call, path) => {
      if (moment === 'before' && call === 'put' && path.includes('.0000000000000000'))
        mayGo = [first, second].map((file) => bench.copier.giveUp(file ?? ''));
    };
    bench.copier.start(bench.end);
    await until(bench, { copiedFiles: 2, copiedMessages: 8, failures: 0 });
    expect(mayGo).toEqual([false, true]);
    expect(bench.copier.giveUp(first ?? '')).toBe(true);
  });

  it('gives up at its end what is under way, and does not wait for what does not hear', async () => {
    const bench = await open();
    await bench.grow(3);
    let isPutting = false;
    bench.remote.onCall = (moment, call) => {
      if (moment !== 'before' || call !== 'put') return;
      isPutting = true;
      return new Promise(() => undefined);
    };
    bench.copier.start(bench.end);
    await expect
      .poll(() => {
        bench.clock.advance(1_000);
        return isPutting;
      })
      .toBe(true);
    await bench.copier.close(20);
    expect(bench.told).toEqual([]);
    expect(bench.remote.files.size).toBe(0);
  });

  it('says of a full disk that it is full', async () => {
    const bench = await open();
    await bench.grow(3);
    bench.remote.onCall = () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    bench.copier.start(bench.end);
    const why = `the disk of ${bench.dir} is full, and a copy must be noted there`;
    await until(bench, { failures: 2, trouble: why });
    const told = `the archive is not copied to ${bench.remote.url} for now, and is kept here: ${why}`;
    expect(bench.told).toEqual([told]);
  });

  it('goes on after trouble of its own folder', async () => {
    const bench = await open();
    await bench.grow(3);
    bench.remote.onCall = async (moment, call) => {
      if (moment === 'before' && call === 'put') await rm(join(bench.dir, '_copied'), { recursive: true });
    };
    bench.copier.start(bench.end);
    await until(bench, { copiedFiles: 1 });
  });
});
