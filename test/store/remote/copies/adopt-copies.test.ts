import { describe, expect, it } from 'vitest';
import { listArchive } from '../../../../src/store/layout.ts';
import { HOUR_MS, openCopying, remoteRanges, type CopyingArchive } from './copying-archive.ts';

const hour = async (archive: CopyingArchive, count: number): Promise<void> => {
  await archive.write(count);
  archive.clock.advance(HOUR_MS);
  await archive.merge();
};

/** An archive of which a copy was taken after 5 messages, the last two of them in `_recent`; that has copied 10; and that then was brought back. */
async function restored(): Promise<CopyingArchive> {
  const archive = await openCopying();
  await hour(archive, 3);
  await archive.adopt();
  await archive.copy();
  await archive.write(2);
  const restore = await archive.backup();
  await hour(archive, 5);
  await archive.copy();
  expect(remoteRanges(archive)).toEqual(['2026-11-22 0-2', '2026-11-22 3-9']);
  await restore();
  return archive;
}

const FIRST_LIFE = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

describe('adoptCopies of a folder that was brought back from a copy', () => {
  it('goes on by another name, and neither loses a message nor copies one twice', async () => {
    const archive = await restored();
    const { writer } = archive;
    await archive.adopt();
    expect(archive.writer).not.toBe(writer);
    expect(archive.writer).toMatch(/^shop-[0-9a-f]{8}$/);
    await hour(archive, 4);
    await archive.copy();
    await hour(archive, 1);
    await archive.adopt();
    await archive.copy();
    expect(await archive.remoteNumbers()).toEqual([...FIRST_LIFE, 1005, 1006, 1007, 1008, 1009]);
    expect(archive.refused).toEqual([]);
  });

  it('loses nothing if the store is not there before more has come, and the router has started again', async () => {
    const archive = await restored();
    archive.remote.onCall = () => {
      throw new Error('away');
    };
    await expect(archive.adopt()).rejects.toThrow('away');
    await hour(archive, 6);
    await hour(archive, 6);
    archive.remote.onCall = () => undefined;
    const { writer } = archive;
    await archive.restart();
    await archive.adopt();
    expect(archive.writer).not.toBe(writer);
    await archive.copy();
    const numbers = await archive.remoteNumbers();
    expect([...new Set(numbers)]).toEqual([...FIRST_LIFE, ...Array.from({ length: 12 }, (_, n) => 1005 + n)]);
    // What was merged with new messages meanwhile.
    expect(numbers.filter((n, i) => numbers[i - 1] === n)).toEqual([3, 4]);
  });

  it.each([
    ['the archive', HOUR_MS, ['0-34']],
    ['_recent', 0, ['_recent 0-34']],
  ])(
    'copies what was merged in %s with a part of what the other had copied, before the store was there',
    async (_, waitedMs, merged) => {
      const archive = await openCopying();
      await archive.write(3);
      const restore = await archive.backup();
      await archive.mergeAll();
      await archive.copy();
      expect(remoteRanges(archive)).toEqual(['2026-11-22 0-2']);
      await restore();
      const { end, writer } = archive;
      // As many small files as are merged in `_recent`.
      for (let file = 0; file < 16; file++) await archive.write(2);
      archive.clock.advance(waitedMs);
      await archive.merge();
      const files = await listArchive(archive.dir);
      expect(files.map(({ recent, first, last }) => `${recent ? '_recent ' : ''}${first}-${last}`)).toEqual(merged);
      await archive.adopt(end);
      expect(archive.writer).not.toBe(writer);
      archive.clock.advance(HOUR_MS);
      await archive.merge();
      await archive.copy();
      expect(archive.refused).toEqual([]);
      const numbers = await archive.remoteNumbers();
      expect([...new Set(numbers)]).toEqual([0, 1, 2, ...Array.from({ length: 32 }, (__, n) => 1003 + n)]);
      expect(numbers.filter((n, i) => numbers[i - 1] === n)).toEqual([0, 1, 2]);
    },
  );

  it('keeps its name after a restart in which nothing else happened', async () => {
    const archive = await openCopying();
    const { writer } = archive;
    for (let day = 0; day < 3; day++) {
      await hour(archive, 3);
      await archive.copy();
      await archive.restart();
      await archive.adopt();
    }
    expect(archive.writer).toBe(writer);
  });

  it('does not take a file for one of its own that begins or ends inside one that it has promoted', async () => {
    const archive = await openCopying();
    await hour(archive, 4);
    await hour(archive, 4);
    const { writer } = archive;
    archive.remote.files.set(`dt=2026-11-22/${writer}.0000000000000002-0000000000000005.parquet`, Buffer.from('x'));
    await archive.adopt();
    expect(archive.writer).not.toBe(writer);
    await archive.copy();
    expect(archive.copied.map(({ file }) => file.first)).toEqual([0, 4]);
  });
});
