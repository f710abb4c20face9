import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openArchive, type Archive } from '../../../src/router/archive/archive.ts';
import { openCursor } from '../../../src/router/journal/cursor.ts';
import { recoverJournal } from '../../../src/router/journal/recovery.ts';
import { segmentName } from '../../../src/router/journal/segment.ts';
import { openSetAside } from '../../../src/router/journal/set-aside.ts';
import { createSegmentQueue, type SegmentQueue } from '../../../src/router/journal/segment-queue.ts';
import { listArchive } from '../../../src/store/layout.ts';
import { createManualPlatform, type ManualPlatform } from '../../../src/testing/manual-clock.ts';
import { temporaryFolder } from '../support/folder.ts';
import { headerLine, messageLine } from '../support/lines.ts';

interface Bench {
  readonly archive: Archive;
  readonly queue: SegmentQueue;
  readonly clock: ManualPlatform;
  readonly journalDir: string;
  readonly archiveDir: string;
  readonly troubles: string[];
}

/** An archive over the journal in `dataDir`, taken up as at a start. */
async function open(dataDir: string): Promise<Bench> {
  const journalDir = join(dataDir, 'journal');
  const archiveDir = join(dataDir, 'archive');
  await mkdir(journalDir, { recursive: true });
  const clock = createManualPlatform();
  const troubles: string[] = [];
  const onTrouble = (text: string): void => void troubles.push(text);
  const archive = await openArchive({ dir: archiveDir, retentionDays: 30, mergeEveryMs: 10_000 }, { clock, onTrouble });
  onTestFinished(() => archive.close(0));
  const cursor = await openCursor(join(dataDir, 'cursors', 'archive'));
  const { queue, consumers } = createSegmentQueue({ maxBytes: 1e9 }, [cursor], {
    clock,
    setAside: await openSetAside(journalDir, onTrouble),
    onAdded: archive.wake,
    onTrouble,
  });
  for (const segment of (await recoverJournal(journalDir, { onRun: () => undefined })).segments) queue.add(segment);
  for (const consumer of consumers) archive.start(consumer, 0);
  return { archive, queue, clock, journalDir, archiveDir, troubles };
}

async function writeSegment(dataDir: string, first: number, count: number, damage = ''): Promise<string> {
  const dir = join(dataDir, 'journal');
  await mkdir(dir, { recursive: true });
  const path = join(dir, segmentName(first));
  const lines = Array.from({ length: count }, (_, i) => messageLine(`n${first + i}`));
  const header = headerLine({ sender: 'a', seq: first, received: '2026-11-22T12:00:00.000Z', via: 'udp' });
  await writeFile(path, [header, ...(damage === '' ? [] : [damage]), ...lines, ''].join('\n'));
  return path;
}

const ranges = async (dir: string): Promise<[number, number][]> =>
  (await listArchive(dir)).map(({ first, last }) => [first, last]);

describe('openArchive', () => {
  it('archives what an earlier run left, moves the cursor and deletes the segments', async () => {
    const dataDir = await temporaryFolder();
    await writeSegment(dataDir, 0, 3);
    await writeSegment(dataDir, 3, 2);
    const { archive, queue, archiveDir, journalDir, troubles } = await open(dataDir);
    expect(archive.end).toBe(0);
    await archive.close(10_000);
    await queue.idle();
    expect(await ranges(archiveDir)).toEqual([
      [0, 2],
      [3, 4],
    ]);
    expect(await readdir(journalDir)).toEqual([]);
    expect(archive.stats()).toEqual({
      cursor: 5,
      waiting: 0,
      failures: 0,
      setAside: 0,
      excepted: 0,
      expired: 0,
      copy: undefined,
    });
    expect(troubles).toEqual([]);
    const next = await open(dataDir);
    expect(next.archive.end).toBe(5);
  });

  it('archives a segment again, over itself, if the cursor had not moved before a crash', async () => {
    const dataDir = await temporaryFolder();
    const path = await writeSegment(dataDir, 0, 3);
    const segment = await readFile(path);
    const before = await open(dataDir);
    await before.archive.close(10_000);
    await before.queue.idle();
    await rm(join(dataDir, 'cursors', 'archive'));
    await writeFile(path, segment);
    const after = await open(dataDir);
    await after.archive.close(10_000);
    expect(await ranges(after.archiveDir)).toEqual([[0, 2]]);
  });

  it('keeps the journal and tries again, ever more rarely, while the archive cannot be written', async () => {
    const dataDir = await temporaryFolder();
    const { archive, queue, clock, archiveDir, troubles } = await open(dataDir);
    await rm(join(archiveDir, '_staging'), { recursive: true });
    await writeFile(join(archiveDir, '_staging'), 'in the way');
    const path = await writeSegment(dataDir, 0, 3);
    queue.add({ path, first: 0, count: 3, dt: '2026-11-22', bytes: 1 });
    await expect.poll(() => archive.stats().failures).toBe(1);
    expect(troubles).toHaveLength(1);
    clock.advance(999);
    archive.wake();
    expect(archive.stats()).toMatchObject({ failures: 1, waiting: 3 });
    clock.advance(1);
    await expect.poll(() => archive.stats().failures).toBe(2);
    expect(troubles).toHaveLength(1); // the same again is not news
    await rm(join(archiveDir, '_staging'));
    await mkdir(join(archiveDir, '_staging'));
    clock.advance(2_000);
    await expect.poll(() => archive.stats().waiting).toBe(0);
    expect(await ranges(archiveDir)).toEqual([[0, 2]]);
  });

  it('sets a damaged segment aside when the one behind it goes through', async () => {
    const dataDir = await temporaryFolder();
    await writeSegment(dataDir, 0, 2, '{"type": broken');
    await writeSegment(dataDir, 3, 4);
    const { archive, clock, archiveDir, journalDir } = await open(dataDir);
    for (let failures = 1; failures < 4; failures++) {
      await expect.poll(() => archive.stats().failures).toBe(failures);
      clock.advance(60_000);
    }
    await expect.poll(() => archive.stats().waiting).toBe(0);
    expect(archive.stats()).toMatchObject({ cursor: 7, setAside: 3 });
    expect(await ranges(archiveDir)).toEqual([[3, 6]]);
    expect(await readdir(journalDir)).toContain(`${segmentName(0)}.bad`);
  });

  it('goes on behind damaged segments that follow each other, once a later one goes through', async () => {
    const dataDir = await temporaryFolder();
    await writeSegment(dataDir, 0, 2, '{"type": broken');
    await writeSegment(dataDir, 3, 2, '{"type": broken');
    const { archive, queue, clock, archiveDir } = await open(dataDir);
    for (let failures = 1; failures < 12; failures++) {
      await expect.poll(() => archive.stats().failures).toBeGreaterThanOrEqual(failures);
      clock.advance(60_000);
    }
    expect(archive.stats()).toMatchObject({ cursor: 0, setAside: 0 });
    queue.add({ path: await writeSegment(dataDir, 6, 4), first: 6, count: 4, dt: '2026-11-22', bytes: 1 });
    await expect
      .poll(() => {
        clock.advance(60_000);
        return archive.stats().waiting;
      })
      .toBe(0);
    expect(archive.stats()).toMatchObject({ cursor: 10, setAside: 6 });
    expect(await ranges(archiveDir)).toEqual([[6, 9]]);
    expect(queue.setAside).toMatchObject({ files: 2, deletedFiles: 0 });
  });

  it('says once that merging fails, also while segments are archived', async () => {
    const dataDir = await temporaryFolder();
    const { archive, queue, clock, archiveDir, troubles } = await open(dataDir);
    await writeFile(join(archiveDir, '_copied'), 'where a folder should be');
    const untilFailed = (count: number): Promise<void> =>
      expect
        .poll(() => {
          clock.advance(10_000);
          return archive.stats().failures;
        })
        .toBeGreaterThanOrEqual(count);
    await untilFailed(1);
    queue.add({ path: await writeSegment(dataDir, 0, 2), first: 0, count: 2, dt: '2026-11-22', bytes: 1 });
    await expect.poll(() => archive.stats().cursor).toBe(2);
    await untilFailed(archive.stats().failures + 2);
    expect(troubles).toEqual([expect.stringMatching(/^merging the archive failed, and is tried again: /)]);
  });

  it('gives up at its deadline the segment that it is writing, and the next run archives it', async () => {
    const dataDir = await temporaryFolder();
    await writeSegment(dataDir, 0, 200_000);
    const { archive, archiveDir, journalDir, troubles } = await open(dataDir);
    await archive.close(20);
    expect(await ranges(archiveDir)).toEqual([]);
    expect(await readdir(journalDir)).toEqual([segmentName(0)]);
    expect(await readdir(join(archiveDir, '_staging'))).toEqual([]);
    expect([archive.stats().failures, troubles]).toEqual([0, []]);
    const next = await open(dataDir);
    await next.archive.close(60_000);
    expect(await ranges(archiveDir)).toEqual([[0, 199_999]]);
  });

  it('does not wait at its end for what fails', async () => {
    const dataDir = await temporaryFolder();
    await writeSegment(dataDir, 0, 2, '{"type": broken');
    const { archive, journalDir } = await open(dataDir);
    await archive.close(60_000);
    expect(await readdir(journalDir)).toEqual([segmentName(0)]);
  });
});
