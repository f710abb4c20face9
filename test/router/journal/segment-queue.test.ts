import { access, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCursor } from '../../../src/router/journal/cursor.ts';
import { segmentName, type Segment } from '../../../src/router/journal/segment.ts';
import { openSetAside } from '../../../src/router/journal/set-aside.ts';
import { createSegmentQueue, type Consumer, type SegmentQueue } from '../../../src/router/journal/segment-queue.ts';
import { createManualPlatform, type ManualPlatform } from '../../../src/testing/manual-clock.ts';
import { temporaryFolder } from '../support/folder.ts';

interface Bench {
  readonly dir: string;
  readonly queue: SegmentQueue;
  readonly consumers: readonly Consumer[];
  readonly troubles: string[];
  readonly clock: ManualPlatform;
  add(first: number, count: number): Promise<Segment>;
}

async function bench(names: readonly string[], maxBytes = 1_000): Promise<Bench> {
  const dir = await temporaryFolder();
  const troubles: string[] = [];
  const cursors = await Promise.all(names.map((name) => openCursor(join(dir, 'cursors', name))));
  const clock = createManualPlatform();
  const { queue, consumers } = createSegmentQueue({ maxBytes }, cursors, {
    clock,
    setAside: await openSetAside(dir, (text) => troubles.push(text)),
    onAdded: () => undefined,
    onTrouble: (text) => troubles.push(text),
  });
  return {
    dir,
    queue,
    consumers,
    troubles,
    clock,
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
    expect(troubles).toEqual([
      'the journal is larger than 250 bytes; its oldest 5 messages were deleted before they were read',
    ]);
    expect(consumers[0]?.next()?.first).toBe(5);
  });

  it('says once a minute how many messages nobody will read, and nothing of those that everyone has', async () => {
    const { queue, consumers, add, troubles, clock } = await bench(['one'], 150);
    await consumers[0]?.pass(await add(0, 5));
    await add(5, 7);
    expect(troubles).toEqual([]);
    for (let i = 0; i < 3; i++) await add(12 + i, 1);
    expect(troubles).toHaveLength(1);
    clock.advance(60_000);
    await add(15, 1);
    await queue.idle();
    expect(troubles).toEqual(
      [7, 3].map(
        (count) =>
          `the journal is larger than 150 bytes; its oldest ${count} messages were deleted before they were read`,
      ),
    );
    expect(consumers[0]?.expired).toBe(10);
  });

  it('does not let a segment expire while it is read', async () => {
    const { queue, consumers, add } = await bench(['one'], 150);
    const [one] = consumers;
    const segment = await add(0, 5);
    await one?.read(segment, async () => {
      await add(5, 7);
      await add(12, 1);
      await queue.idle();
      expect(await exists(segment.path)).toBe(true);
      expect(one.expired).toBe(7);
      await one.pass(segment);
    });
    await add(13, 1);
    await queue.idle();
    expect(await exists(segment.path)).toBe(false);
    expect(one?.expired).toBe(8);
  });

  it('keeps what cannot be read until there is no room for it, and finds what earlier runs kept', async () => {
    const { queue, consumers, add, dir } = await bench(['one'], 350);
    const first = await add(0, 5);
    const second = await add(5, 5);
    await consumers[0]?.setAside(first);
    await consumers[0]?.setAside(second);
    await queue.idle();
    expect(queue.setAside).toEqual({ files: 2, bytes: 200, deletedFiles: 0 });
    expect((await openSetAside(dir, (text) => expect.unreachable(text))).stats()).toEqual(queue.setAside);
    await add(10, 1);
    await add(11, 1);
    expect(queue.setAside).toEqual({ files: 1, bytes: 100, deletedFiles: 1 });
    await expect.poll(() => exists(`${first.path}.bad`)).toBe(false);
    expect(await exists(`${second.path}.bad`)).toBe(true);
    expect(consumers[0]?.expired).toBe(0);
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

  it.each(['[]', '', 'no JSON', '{"offset":"7"}', '{"offset":-1}'])(
    'names the file that holds %j and what to do',
    async (text) => {
      const path = join(await temporaryFolder(), 'archive');
      await writeFile(path, text);
      await expect(openCursor(path)).rejects.toThrow(`${path} is no cursor: write {"offset":`);
    },
  );
});
