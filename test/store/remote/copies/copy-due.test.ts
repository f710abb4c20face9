import { copyFile, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listAllFiles, listArchive } from '../../../../src/store/layout.ts';
import { adoptCopies } from '../../../../src/store/remote/copies/adopt-copies.ts';
import { listDue } from '../../../../src/store/remote/copies/copy-due.ts';
import { markBegun, targetOf } from '../../../../src/store/remote/copies/copy-marks.ts';
import { RemoteError } from '../../../../src/store/remote/remote.ts';
import { DAY_MS, HOUR_MS, openCopying, remoteRanges, type CopyingArchive } from './copying-archive.ts';

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Writes so many messages an hour, for so many hours, merging all along. */
async function writeHours(archive: CopyingArchive, hours: number, count = 3): Promise<void> {
  for (let hour = 0; hour < hours; hour++) {
    await archive.write(count);
    archive.clock.advance(HOUR_MS);
    await archive.merge();
  }
}

const away = (): never => {
  throw new RemoteError('away', 'hdfs://memory is away');
};
const local = async (archive: CopyingArchive): Promise<string[]> =>
  (await listArchive(archive.dir)).map(({ recent, first, last }) => `${recent ? '_recent ' : ''}${first}-${last}`);

describe('copyDue', () => {
  it('copies what has left _recent, once, oldest first, under a name of its writer', async () => {
    const archive = await openCopying();
    await writeHours(archive, 2);
    await archive.write(4);
    await archive.copy();
    expect(archive.writer).toMatch(/^shop-[0-9a-f]{8}$/);
    expect([...archive.remote.files.keys()]).toEqual([
      `dt=2026-11-22/${archive.writer}.0000000000000000-0000000000000002.parquet`,
      `dt=2026-11-22/${archive.writer}.0000000000000003-0000000000000005.parquet`,
    ]);
    expect(archive.copied.map(({ file, rows }) => [file.first, rows])).toEqual([
      [0, 3],
      [3, 3],
    ]);
    await archive.copy();
    expect(archive.copied).toHaveLength(2);
    expect(await archive.remoteNumbers()).toEqual(numbers(0, 6));
  });

  it('leaves alone what is copied and merged further here', async () => {
    const archive = await openCopying();
    await writeHours(archive, 3);
    await archive.copy();
    archive.clock.advance(DAY_MS);
    await archive.merge();
    expect(await local(archive)).toEqual(['0-8']);
    await archive.copy();
    expect(remoteRanges(archive)).toEqual(['2026-11-22 0-2', '2026-11-22 3-5', '2026-11-22 6-8']);
  });

  it('does not merge what is still to be copied, on a day that is over too', async () => {
    const archive = await openCopying();
    await writeHours(archive, 3);
    archive.clock.advance(DAY_MS);
    await archive.merge();
    expect(await local(archive)).toEqual(['0-2', '3-5', '6-8']);
    archive.remote.onCall = (moment, call, path) => {
      if (moment === 'before' && call === 'put' && path.includes('.0000000000000006')) away();
    };
    await expect(archive.copy()).rejects.toThrow('is away');
    await archive.merge();
    expect(await local(archive)).toEqual(['0-5', '6-8']);
    archive.remote.onCall = () => undefined;
    await archive.copy();
    await archive.merge();
    expect(await local(archive)).toEqual(['0-8']);
    expect(await archive.remoteNumbers()).toEqual(numbers(0, 9));
  });

  it('puts a file again, which changes nothing, if nobody heard that it was there', async () => {
    const archive = await openCopying();
    await writeHours(archive, 2);
    archive.remote.onCall = (moment, call) => {
      if (moment === 'after' && call === 'put') throw new Error('killed');
    };
    await expect(archive.copy()).rejects.toThrow('killed');
    expect(remoteRanges(archive)).toEqual(['2026-11-22 0-2']);
    archive.remote.onCall = () => undefined;
    archive.clock.advance(DAY_MS);
    await archive.restart();
    await archive.merge();
    await archive.copy();
    expect(await archive.remoteNumbers()).toEqual(numbers(0, 6));
  });

  it('keeps a file that may be there as it is, also for a merge that knows of no store', async () => {
    const archive = await openCopying();
    await writeHours(archive, 4);
    archive.remote.onCall = (moment, call, path) => {
      if (moment === 'after' && call === 'put' && path.includes('.0000000000000003')) throw new Error('killed');
    };
    await expect(archive.copy()).rejects.toThrow('killed');
    archive.remote.onCall = () => undefined;
    archive.clock.advance(DAY_MS);
    await archive.mergeAll();
    expect(await local(archive)).toEqual(['0-2', '3-5', '6-11']);
    await archive.copy();
    expect(await archive.remoteNumbers()).toEqual(numbers(0, 12));
  });

  it('tells of a file whose name is taken by another, and goes on with the others', async () => {
    const archive = await openCopying();
    await writeHours(archive, 3);
    const taken = `dt=2026-11-22/${archive.writer}.0000000000000000-0000000000000002.parquet`;
    archive.remote.files.set(taken, Buffer.from('other'));
    await archive.copy();
    expect(archive.refused).toEqual([`${taken} is another file`]);
    expect(archive.copied.map(({ file }) => file.first)).toEqual([3, 6]);
    expect(archive.remote.files.get(taken)?.toString()).toBe('other');
  });

  it('goes on behind a file that cannot be read, and says nothing of one that is gone', async () => {
    const archive = await openCopying();
    await writeHours(archive, 3);
    const [first, second] = await listArchive(archive.dir);
    await writeFile(first!.path, 'no Parquet');
    archive.remote.onCall = async (_, call, path) => {
      if (call === 'put' && path.includes('.0000000000000003')) await rm(second!.path, { force: true });
    };
    await archive.copy();
    expect(archive.refused).toHaveLength(1);
    expect(archive.refused[0]).toContain(`${first!.path} cannot be read`);
    expect(archive.copied.map(({ file }) => file.first)).toEqual([6]);
  });

  it('does not copy what may be there in part, in a file of another name', async () => {
    const archive = await openCopying();
    await writeHours(archive, 2);
    await archive.copy();
    const marks = join(archive.dir, '_copied', targetOf(archive.remote.url), 'dt=2026-11-22');
    await rm(join(marks, '0000000000000003-0000000000000005.parquet'));
    for (const { path } of await listAllFiles(archive.dir)) await rm(path);
    await archive.restart();
    // A merge of a program that knows nothing of marks.
    await writeFile(join(archive.dir, 'dt=2026-11-22', '0000000000000000-0000000000000005.parquet'), 'whatever');
    await archive.copy();
    expect(archive.refused.join()).toContain('may have part of the messages of dt=');
    expect(remoteRanges(archive)).toEqual(['2026-11-22 0-2', '2026-11-22 3-5']);
  });

  it('does not copy what may be there, in part, in a file that is not here any more', async () => {
    const archive = await openCopying();
    await writeHours(archive, 2);
    await markBegun(archive.dir, targetOf(archive.remote.url), { dt: '2026-11-22', writer: '', first: 4, last: 9 });
    await archive.copy();
    expect(archive.refused).toHaveLength(1);
    expect(remoteRanges(archive)).toEqual(['2026-11-22 0-2']);
  });

  it('goes on with other days behind one that fails, and says so once; if they fail too, it ends', async () => {
    const archive = await openCopying();
    for (let day = 0; day < 3; day++) {
      await writeHours(archive, 2);
      archive.clock.advance(DAY_MS - 2 * HOUR_MS);
    }
    const puts: string[] = [];
    let isAway = false;
    archive.remote.onCall = (moment, call, path) => {
      if (moment !== 'before' || call !== 'put') return;
      puts.push(path.slice(3, 13));
      if (isAway) away();
      if (path.startsWith('dt=2026-11-22')) throw new RemoteError('refused', 'no right to dt=2026-11-22');
    };
    await expect(archive.copy()).rejects.toThrow('no right to dt=2026-11-22');
    expect(remoteRanges(archive)).toEqual([
      '2026-11-23 6-8',
      '2026-11-23 9-11',
      '2026-11-24 12-14',
      '2026-11-24 15-17',
    ]);
    expect(puts[0]).toBe('2026-11-22');
    expect(puts.filter((dt) => dt === '2026-11-22')).toHaveLength(1);
    archive.remote.files.clear();
    await rm(join(archive.dir, '_copied'), { recursive: true });
    puts.length = 0;
    isAway = true;
    await expect(archive.copy()).rejects.toThrow('is away');
    expect(puts).toEqual(['2026-11-23', '2026-11-24']); // the day that was refused is the last
  });

  it('goes on with newer days the next time where two are refused, and says that it copies once none is', async () => {
    const archive = await openCopying();
    for (let day = 0; day < 4; day++) {
      await writeHours(archive, 1);
      archive.clock.advance(DAY_MS - HOUR_MS);
    }
    let isRefused = true;
    archive.remote.onCall = (moment, call, path) => {
      if (isRefused && moment === 'before' && call === 'put' && /2026-11-2[23]/.test(path))
        throw new RemoteError('refused', `no right to ${path.slice(0, 13)}`);
    };
    const failed: boolean[] = [];
    const copy = (): Promise<void> =>
      archive.copy({ onCopied: (_file, _rows, hasFailed) => void failed.push(hasFailed) });
    await expect(copy()).rejects.toThrow('no right to dt=2026-11-22');
    expect(remoteRanges(archive)).toEqual([]);
    await expect(copy()).rejects.toThrow('no right to dt=2026-11-22');
    expect(remoteRanges(archive)).toEqual(['2026-11-24 6-8', '2026-11-25 9-11']);
    isRefused = false;
    await copy();
    expect(remoteRanges(archive)).toHaveLength(4);
    expect(failed).toEqual([true, true, true, false]);
  });

  it('copies what was imported last, however old it is', async () => {
    const archive = await openCopying();
    await writeHours(archive, 2);
    const [file] = await listArchive(archive.dir);
    const imported = 'import-0123456789abcdef.0000000000000000-0000000000000002.parquet';
    await mkdir(join(archive.dir, 'dt=2019-01-01'));
    await copyFile(file!.path, join(archive.dir, 'dt=2019-01-01', imported));
    await archive.copy();
    expect(archive.copied.map(({ file: { dt } }) => dt)).toEqual(['2026-11-22', '2026-11-22', '2019-01-01']);
  });

  it('gives a copy up that takes too long for its size', async () => {
    const archive = await openCopying();
    await writeHours(archive, 1);
    archive.remote.onCall = async (moment, call, _, signal) => {
      if (moment === 'after' || call !== 'put') return;
      const aborted = new Promise((resolve) => signal!.addEventListener('abort', resolve));
      archive.clock.advance(61_000);
      await aborted;
    };
    await expect(archive.copy()).rejects.toMatchObject({
      kind: 'away',
      message: expect.stringContaining('took longer than 6') as string,
    });
  });

  it('copies nothing of days that the store does not keep', async () => {
    const archive = await openCopying({ keptDays: 2 });
    await writeHours(archive, 1);
    archive.clock.advance(3 * DAY_MS);
    await writeHours(archive, 1);
    await archive.copy();
    expect(remoteRanges(archive)).toEqual(['2026-11-25 3-5']);
  });

  it('knows two stores apart: what one has is still due in the other', async () => {
    const archive = await openCopying();
    await writeHours(archive, 1);
    await archive.copy();
    const due = async (url: string): Promise<number> =>
      (await listDue(archive.dir, { url }, archive.clock.now())).length;
    expect([await due(archive.remote.url), await due('s3://other')]).toEqual([0, 1]);
  });
});

describe('adoptCopies', () => {
  it('finds in a store what was copied there under another of its URLs, and copies the rest', async () => {
    const archive = await openCopying();
    const { dir, remote, writer, clock } = archive;
    await writeHours(archive, 2);
    await archive.copy();
    clock.advance(DAY_MS);
    await archive.merge();
    await writeHours(archive, 1);
    remote.files.set('dt=2026-11-22/other-00000000.0000000000000000-0000000000000099.parquet', Buffer.from('x'));
    const other = { dir, remote, writer, url: 'hdfs://alias:9870/metlog', end: archive.end };
    const due = async (): Promise<number[]> => (await listDue(dir, other, clock.now())).map(({ first }) => first);
    expect(await due()).toEqual([0, 6]);
    const asked: string[] = [];
    remote.onCall = (moment, call) => {
      if (moment === 'before') asked.push(call);
    };
    await adoptCopies(other, (run) => run(new AbortController().signal));
    expect(await due()).toEqual([6]);
    expect(asked).toEqual(['days', 'list']);
    await adoptCopies({ ...other, url: remote.url }, (run) => run(new AbortController().signal));
    expect(asked).toEqual(['days', 'list', 'days', 'list']);
  });
});

describe('retention with a store', () => {
  it('keeps past its time what waits, and deletes it once it is copied, with its marks', async () => {
    const archive = await openCopying({ retentionDays: 1 });
    await writeHours(archive, 2);
    archive.clock.advance(5 * DAY_MS);
    await archive.merge();
    expect(await local(archive)).toEqual(['0-2', '3-5']);
    await archive.copy();
    const marks = join(archive.dir, '_copied', targetOf(archive.remote.url), 'dt=2026-11-22');
    expect((await stat(marks)).isDirectory()).toBe(true);
    await archive.merge();
    expect(await local(archive)).toEqual([]);
    await expect(stat(marks)).rejects.toThrow('ENOENT');
    expect(archive.expired).toBe(0);
    expect(await archive.remoteNumbers()).toEqual(numbers(0, 6));
  });

  it('keeps what was never promoted too: a router that was off for long loses nothing', async () => {
    const archive = await openCopying({ retentionDays: 1 });
    await archive.write(5);
    archive.clock.advance(9 * DAY_MS);
    await archive.merge();
    await archive.copy();
    await archive.merge();
    expect(await archive.remoteNumbers()).toEqual(numbers(0, 5));
    expect([await local(archive), archive.expired]).toEqual([[], 0]);
  });

  it('deletes the oldest of what waits too long once it is too much, and counts its messages', async () => {
    const archive = await openCopying({ retentionDays: 1, maxWaitingBytes: 5_000 });
    await writeHours(archive, 2, 5);
    const [file] = await listArchive(archive.dir);
    expect(file!.bytes).toBeGreaterThan(2_500); // two are too much, one is not
    expect(file!.bytes).toBeLessThan(5_000);
    archive.clock.advance(5 * DAY_MS);
    await archive.merge();
    expect([await local(archive), archive.expired]).toEqual([['5-9'], 5]);
    await archive.copy();
    expect(await archive.remoteNumbers()).toEqual(numbers(5, 10));
  });

  it('leaves a file that is being copied, and copies none that it has begun to delete', async () => {
    const archive = await openCopying({ retentionDays: 1, maxWaitingBytes: 0 });
    await writeHours(archive, 3);
    archive.clock.advance(5 * DAY_MS);
    archive.remote.onCall = async (moment, call) => {
      if (moment === 'before' && call === 'put') await archive.merge();
    };
    await archive.copy();
    expect(archive.copied.map(({ file }) => file.first)).toEqual([0]);
    expect([archive.expired, archive.refused]).toEqual([6, []]);
    expect(await archive.remoteNumbers()).toEqual(numbers(0, 3));
  });
});
