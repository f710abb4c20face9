import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listAllFiles } from '../../../../src/store/layout.ts';
import { markBegun, targetOf } from '../../../../src/store/remote/copies/copy-marks.ts';
import { tidyGone } from '../../../../src/store/remote/copies/tidy-gone.ts';
import { RemoteError } from '../../../../src/store/remote/remote.ts';
import { DAY_MS, HOUR_MS, openCopying, type CopyingArchive } from './copying-archive.ts';

const { signal } = new AbortController();

/** Where a file of three messages lies there, by its first. */
const pathOf = ({ writer }: CopyingArchive, first: number): string =>
  `dt=2026-11-22/${writer}.${String(first).padStart(16, '0')}-${String(first + 2).padStart(16, '0')}.parquet`;

/** An archive of two files that wait, and what is asked of its store. */
async function twoWaiting(options: Parameters<typeof openCopying>[0] = {}) {
  const archive = await openCopying(options);
  for (let hour = 0; hour < 2; hour++) {
    await archive.write(3);
    archive.clock.advance(HOUR_MS);
    await archive.merge();
  }
  const calls: string[] = [];
  archive.remote.onCall = (moment, call, path) => {
    if (moment === 'before') calls.push(`${call} ${path}`);
  };
  const { dir, remote, writer } = archive;
  return { archive, calls, tidy: () => tidyGone({ dir, remote, writer, url: remote.url }, signal) };
}

/** Copies while every put fails. */
async function failPuts(archive: CopyingArchive): Promise<void> {
  const { onCall } = archive.remote;
  archive.remote.onCall = async (moment, call, path, stop) => {
    await onCall(moment, call, path, stop);
    if (call === 'put') throw new RemoteError('away', 'it is away');
  };
  await expect(archive.copy()).rejects.toThrow('it is away');
  archive.remote.onCall = onCall;
}

describe('what a copy left half done in the store', () => {
  it('goes when the file is copied again, and nothing is asked for of a file that was not begun', async () => {
    const { archive, calls, tidy } = await twoWaiting();
    await failPuts(archive);
    await tidy();
    await archive.copy();
    const [first, second] = [pathOf(archive, 0), pathOf(archive, 3)];
    expect(calls).toEqual([`put ${first}`, `tidy ${first}`, `put ${first}`, `put ${second}`]);
  });

  it('goes when the file has gone here since, as it waited too long', async () => {
    const { archive, calls, tidy } = await twoWaiting({ retentionDays: 1, maxWaitingBytes: 0 });
    await failPuts(archive);
    archive.clock.advance(5 * DAY_MS);
    await archive.merge();
    expect(await listAllFiles(archive.dir)).toEqual([]);
    calls.length = 0;
    await tidy();
    await tidy();
    expect(calls).toEqual([`tidy ${pathOf(archive, 0)}`]);
    const begun = join(archive.dir, '_copied', targetOf(archive.remote.url), '_begun');
    expect(await readdir(begun)).toEqual([]);
  });

  it('goes of an import too, under its own name', async () => {
    const { archive, calls, tidy } = await twoWaiting();
    const range = { dt: '2026-11-20', writer: 'import-0011', first: 0, last: 9 };
    await markBegun(archive.dir, targetOf(archive.remote.url), range);
    await tidy();
    expect(calls).toEqual(['tidy dt=2026-11-20/import-0011.0000000000000000-0000000000000009.parquet']);
  });

  it('stays known where it cannot be deleted, and where a part of it is here in another file', async () => {
    const { archive, tidy } = await twoWaiting();
    const target = targetOf(archive.remote.url);
    await markBegun(archive.dir, target, { dt: '2026-11-22', writer: '', first: 2, last: 4 });
    await tidy();
    const mark = join(archive.dir, '_copied', target, '_begun/dt=2026-11-22/0000000000000002-0000000000000004.parquet');
    expect((await stat(mark)).isFile()).toBe(true);
    for (const { path } of await listAllFiles(archive.dir)) await rm(path);
    archive.remote.onCall = () => {
      throw new RemoteError('away', 'it is away');
    };
    await expect(tidy()).rejects.toThrow('it is away');
    expect((await stat(mark)).isFile()).toBe(true);
  });
});
