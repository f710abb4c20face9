import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCursorKeeper } from '../../../src/router/delivery/cursor-keeper.ts';
import { openCursor } from '../../../src/router/journal/cursor.ts';
import { createManualPlatform } from '../../../src/testing/manual-clock.ts';
import { temporaryFolder } from '../support/folder.ts';

describe('createCursorKeeper', () => {
  it('tries again to keep where a new sink begins, though nothing is delivered meanwhile', async () => {
    const cursor = await openCursor(join(await temporaryFolder(), 'sink-one'));
    const clock = createManualPlatform();
    const troubles: string[] = [];
    let isFailing = true;
    const keeper = createCursorKeeper({
      cursor,
      clock,
      settled: () => 0,
      flush: () => (isFailing ? Promise.reject(new Error('no disk')) : Promise.resolve()),
      onSaved: () => undefined,
      onTrouble: (text) => void troubles.push(text),
    });
    await expect.poll(() => troubles).toEqual(['no disk']);
    expect(cursor.isNew).toBe(true);
    isFailing = false;
    clock.advance(1_000);
    await expect.poll(() => cursor.isNew).toBe(false);
    await keeper.close();
  });
});
