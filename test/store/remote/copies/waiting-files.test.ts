import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listArchive, type ArchiveFile } from '../../../../src/store/layout.ts';
import { createWaitingFiles } from '../../../../src/store/remote/copies/waiting-files.ts';
import { openCopying } from './copying-archive.ts';

const { signal } = new AbortController();

/** Two files of an archive, of three messages and of four. */
async function twoFiles(): Promise<readonly [ArchiveFile, ArchiveFile]> {
  const { dir, write } = await openCopying();
  for (const count of [3, 4]) await write(count);
  const [first, second] = await listArchive(dir);
  if (first === undefined || second === undefined) throw new Error('the archive has no two files');
  return [first, second];
}

describe('createWaitingFiles', () => {
  it('sums up what waits, by what is in the files and not by their names', async () => {
    const [first, second] = await twoFiles();
    const waiting = createWaitingFiles();
    expect(waiting.sum()).toEqual({ files: 0, bytes: 0, messages: 0 });
    await waiting.set([first, { ...second, last: second.last + 1_000 }], signal);
    expect(waiting.sum()).toEqual({ files: 2, bytes: first.bytes + second.bytes, messages: 7 });
    waiting.drop(first.path);
    waiting.drop(first.path);
    expect(waiting.sum()).toEqual({ files: 1, bytes: second.bytes, messages: 4 });
    const left = await waiting.set([first], signal);
    expect(waiting.sum()).toEqual({ files: 1, bytes: first.bytes, messages: 3 });
    expect(left).toEqual([{ dt: second.dt, bytes: second.bytes, messages: 4 }]);
  });

  it('reads a file once', async () => {
    const [first] = await twoFiles();
    const waiting = createWaitingFiles();
    await waiting.set([first], signal);
    await writeFile(first.path, 'no Parquet any more');
    await waiting.set([{ ...first, last: 1_000 }], signal);
    expect(waiting.sum().messages).toBe(3);
  });

  it('goes by the name of a file that is damaged, or gone', async () => {
    const [first, second] = await twoFiles();
    const gone = { ...first, path: join(first.path, '..', 'gone.parquet') };
    const waiting = createWaitingFiles();
    await rm(second.path);
    await writeFile(second.path, 'no Parquet');
    await waiting.set([first, { ...second, first: 100, last: 119 }, { ...gone, first: 200, last: 200 }], signal);
    expect(waiting.sum()).toMatchObject({ files: 3, messages: 24 });
  });
});
