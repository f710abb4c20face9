import { access, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCursor } from '../../../src/router/journal/cursor.ts';
import { segmentName, type Segment } from '../../../src/router/journal/segment.ts';
import { createSegmentQueue, type Consumer, type SegmentQueue } from '../../../src/router/journal/segment-queue.ts';
import { temporaryFolder } from '../support/folder.ts';

interface Bench {
  readonly dir: string;
  readonly queue: SegmentQueue;
  readonly consumers: readonly Consumer[];
  readonly troubles: string[];
  add(first: number, count: number): Promise<Segment>;
}

async function bench(names: readonly string[], maxBytes = 1_000): Promise<Bench> {
  const dir = await temporaryFolder();
  const troubles: string[] = [];
  const cursors = await Promise.all(names.map((name) => openCursor(join(dir, 'cursors', name))));
  const { queue, consumers } = createSegmentQueue({ maxBytes }, cursors, {
    onAdded: () => undefined,
    onTrouble: (text) => troubles.push(text),
  });
  return {
    dir,
    queue,
    consumers,
    troubles,
    async add(first, count) {
      const path = join(dir, segmentName(first));
      await writeFile(path, 'x'.repeat(100));
      const segment = { path, first, count, dt: '2026-11-22', bytes: 100 };
      queue.add(segment);
      return segment;
    },
  };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

describe('createSegmentQueue', () => {
  it('deletes a segment once every consumer has passed it', async () => {
    const { queue, consumers, add } = await bench(['slow', 'fast']);
    const [slow, fast] = consumers;
    const segment = await add(0, 5);
    await add(5, 5);
    await fast?.pass(segment);
    await queue.idle();
    expect(await exists(segment.path)).toBe(true);
    expect([slow?.waiting, fast?.waiting]).toEqual([10, 5]);
    expect(fast?.next()?.first).toBe(5);
    expect(slow?.next()?.first).toBe(0);
    await slow?.pass(segment);
    await queue.idle();
    expect(await exists(segment.path)).toBe(false);
    expect([queue.segments, queue.bytes]).toEqual([1, 100]);
  });

  it('deletes the oldest segments of a journal that is too large, and counts who had not read them', async () => {
    const { queue, consumers, add, troubles, dir } = await bench(['slow', 'fast'], 250);
    const first = await add(0, 5);
    await consumers[1]?.pass(first);
    await add(5, 7);
    expect(troubles).toEqual([]);
    await add(12, 1);
    await queue.idle();
    expect((await readdir(dir)).filter((name) => name.endsWith('.ndjson'))).toEqual([segmentName(5), segmentName(12)]);
    expect(consumers.map(({ expired }) => expired)).toEqual([5, 0]);
    expect(troubles).toEqual(['the journal is larger than 250 bytes; its oldest messages are deleted']);
    expect(consumers[0]?.next()?.first).toBe(5);
  });

  it('deletes what a crash left behind every cursor', async () => {
    const { queue, consumers, add, dir } = await bench(['one']);
    await consumers[0]?.pass({ path: join(dir, 'gone'), first: 0, count: 5, dt: '2026-11-22', bytes: 1 });
    const old = await add(0, 5);
    await queue.idle();
    expect(await exists(old.path)).toBe(false);
    expect(consumers[0]?.waiting).toBe(0);
  });
});

describe('openCursor', () => {
  it('stands where it was moved to, also when it is opened again', async () => {
    const path = join(await temporaryFolder(), 'cursors', 'archive');
    const cursor = await openCursor(path);
    expect(cursor.offset).toBe(0);
    await cursor.move(17);
    expect(cursor.offset).toBe(17);
    expect((await openCursor(path)).offset).toBe(17);
    expect(await readFile(path, 'utf8')).toBe('{"offset":17}\n');
  });

  it('does not take a file for a cursor that is none', async () => {
    const path = join(await temporaryFolder(), 'archive');
    await writeFile(path, '[]');
    await expect(openCursor(path)).rejects.toThrow(`${path} is no cursor`);
  });
});
