import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCursorKeeper, type CursorKeeper } from '../../../src/router/delivery/cursor-keeper.ts';
import { openCursor, type Cursor } from '../../../src/router/journal/cursor.ts';
import { createManualPlatform, type ManualPlatform } from '../../../src/testing/manual-clock.ts';
import { temporaryFolder } from '../support/folder.ts';

interface Kept {
  readonly keeper: CursorKeeper;
  readonly clock: ManualPlatform;
  readonly troubles: readonly string[];
  /** Offset before which all is settled. */
  settled: number;
}

function keep(cursor: Cursor, flush: () => Promise<void>, settled = 0): Kept {
  const clock = createManualPlatform();
  const troubles: string[] = [];
  const kept = { clock, troubles, settled };
  const keeper = createCursorKeeper({
    cursor,
    clock,
    settled: () => kept.settled,
    flush,
    onSaved: () => undefined,
    onTrouble: (text) => void troubles.push(text),
  });
  return Object.assign(kept, { keeper });
}

describe('createCursorKeeper', () => {
  it('tries again to keep where a new sink begins, though nothing is delivered meanwhile', async () => {
    const dir = await temporaryFolder();
    const cursor = await openCursor(join(dir, 'cursors', 'sink-one'));
    await rm(join(dir, 'cursors'), { recursive: true });
    const { keeper, clock, troubles } = keep(cursor, () => Promise.resolve());
    await expect.poll(() => troubles).toEqual([expect.stringContaining('ENOENT')]);
    expect(cursor.isNew).toBe(true);
    await mkdir(join(dir, 'cursors'));
    clock.advance(1_000);
    await expect.poll(() => cursor.isNew).toBe(false);
    await keeper.close(true);
  });

  it('asks nothing of a sink that is being closed, and keeps how far it was', async () => {
    const path = join(await temporaryFolder(), 'sink-one');
    let flushes = 0;
    const flush = (): Promise<void> => {
      flushes++;
      return Promise.resolve();
    };
    const kept = keep(await openCursor(path), flush, 7);
    kept.keeper.halt(); // while it is kept where the sink begins
    kept.settled = 20;
    kept.keeper.touch();
    await expect.poll(async () => (await openCursor(path)).offset).toBe(7);
    kept.clock.advance(10_000);
    await kept.clock.settle();
    expect(flushes).toBe(0);
    await kept.keeper.close(true);
    expect((await openCursor(path)).offset).toBe(20);
  });

  it('keeps where a new sink begins whatever becomes of its flush, and goes on only after one that worked', async () => {
    const path = join(await temporaryFolder(), 'sink-one');
    let isFailing = true;
    const flush = (): Promise<void> => (isFailing ? Promise.reject(new Error('no disk')) : Promise.resolve());
    const kept = keep(await openCursor(path), flush, 7);
    const onDisk = async (): Promise<number> => (await openCursor(path)).offset;
    await expect.poll(onDisk).toBe(7);
    kept.settled = 20;
    kept.keeper.touch();
    await expect.poll(() => kept.troubles).toEqual(['no disk']);
    kept.clock.advance(1_000);
    await expect.poll(() => kept.troubles).toEqual(['no disk', 'no disk']);
    expect(await onDisk()).toBe(7);
    isFailing = false;
    kept.clock.advance(1_000);
    await expect.poll(onDisk).toBe(20);
    await kept.keeper.close(true);
  });
});
