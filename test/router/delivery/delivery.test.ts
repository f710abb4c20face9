import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { segmentName } from '../../../src/router/journal/segment.ts';
import type { SinkFactory } from '../../../src/router/sink.ts';
import { temporaryFolder } from '../support/folder.ts';
import { many } from '../support/test-journal.ts';
import { balance, closeBench, range, startBench, testSink } from './delivery-bench.ts';

const ROUTES = [
  { match: { type: 'a' }, to: ['one'] },
  { match: { type: ['a', 'b'] }, to: ['two'] },
] as const;

const cursorOf = async (dataDir: string, name: string): Promise<string> =>
  readFile(join(dataDir, 'cursors', `sink-${name}`), 'utf8');

describe('openDelivery', () => {
  it('brings each message to the sinks that its routes name, and counts what goes nowhere', async () => {
    const [one, two] = [testSink('one'), testSink('two')];
    const { journal, delivery, book } = await startBench({
      dataDir: await temporaryFolder(),
      sinks: { one: one.factory, two: two.factory },
      routes: ROUTES,
    });
    await journal.write(['a', 'b', 'c', 'a']);
    await journal.write(['c', 'b']);
    await expect.poll(() => two.offsets).toEqual([0, 1, 3, 5]);
    expect(one.offsets).toEqual([0, 3]);
    expect(delivery.stats().unmatched).toBe(2);
    expect(book('one')).toMatchObject({ routed: 2, delivered: 2, waiting: 0 });
    expect(book('two')).toMatchObject({ routed: 4, delivered: 4, waiting: 0 });
  });

  it('lets a sink that was down catch up, in order and without a gap, while the others go on', async () => {
    const [one, two] = [testSink('one'), testSink('two')];
    const { journal, book, clock, queue } = await startBench({
      dataDir: await temporaryFolder(),
      sinks: { one: one.factory, two: two.factory },
      routes: ROUTES,
    });
    one.isDown = true;
    for (let i = 0; i < 30; i++) {
      for (let j = 0; j < 5; j++) await journal.write(many('a', 100));
      await journal.endSegment();
    }
    await journal.write(many('a', 100)); // the segment stays open
    await expect.poll(() => two.offsets.length).toBe(15_100);
    expect(one.offsets).toEqual([]);
    expect(book('one')).toMatchObject({ routed: 15_100, delivered: 0, waiting: 15_100 });
    expect(queue.segments).toBe(30);
    one.isDown = false;
    await expect
      .poll(() => {
        clock.advance(1_000);
        return one.offsets.length;
      })
      .toBe(15_100);
    expect(one.offsets).toEqual(range(0, 15_100));
    await journal.write(many('a', 10));
    await expect.poll(() => one.offsets.length).toBe(15_110);
    expect(one.offsets).toEqual(range(0, 15_110));
    expect(balance(book('one'))).toBe(0);
  });

  it('reads from the disk what it was not told, and delivers it once', async () => {
    const one = testSink('one');
    const { journal, book } = await startBench({
      dataDir: await temporaryFolder(),
      sinks: { one: one.factory },
      routes: ROUTES.slice(0, 1),
    });
    await journal.write(many('a', 10));
    await journal.write(many('a', 10), false);
    await journal.write(many('a', 10));
    await expect.poll(() => one.offsets.length).toBe(10);
    await journal.endSegment();
    await journal.write(many('a', 10), false);
    await journal.endSegment();
    await journal.write(many('a', 10));
    await expect.poll(() => one.offsets).toEqual(range(0, 50));
    expect(book('one')).toMatchObject({ routed: 50, delivered: 50 });
  });

  it('keeps a segment until every sink has it on record, after a flush', async () => {
    const [one, two] = [testSink('one'), testSink('two')];
    const dataDir = await temporaryFolder();
    const { journal, clock, queue } = await startBench({
      dataDir,
      sinks: { one: one.factory, two: two.factory },
      routes: ROUTES,
    });
    await journal.write(['a', 'b']);
    await journal.endSegment();
    await expect.poll(() => two.offsets.length).toBe(2);
    await expect.poll(() => cursorOf(dataDir, 'two')).toBe('{"offset":0}\n');
    expect(queue.segments).toBe(1);
    clock.advance(1_000);
    await expect.poll(() => queue.segments).toBe(0);
    await queue.idle();
    expect(await readdir(join(dataDir, 'journal'))).toEqual([]);
    expect(await cursorOf(dataDir, 'one')).toBe('{"offset":2}\n');
    expect(one.calls.filter((call) => call === 'flush')).toHaveLength(2); // for the new cursor, and for this one
  });

  it('keeps the book of a sink whose dead letters somebody takes away and brings back', async () => {
    const dataDir = await temporaryFolder();
    const path = join(dataDir, 'dead-letter', 'one.ndjson');
    const refusing: SinkFactory = ({ name }) => ({
      name,
      write: async (messages) => ({ refused: messages.map((_, index) => ({ index, reason: 'no' })) }),
      close: () => Promise.resolve(),
    });
    const { journal, book } = await startBench({ dataDir, sinks: { one: refusing }, routes: ROUTES.slice(0, 1) });
    await journal.write(many('a', 3));
    await expect.poll(() => book('one').deadLettered).toBe(3);
    await rename(path, `${path}.1`);
    await journal.write(many('a', 2));
    await expect.poll(() => book('one')).toMatchObject({ deadLettered: 2, expired: 3 });
    expect(balance(book('one'))).toBe(0);
    await appendFile(path, await readFile(`${path}.1`));
    await journal.write(many('a', 1));
    await expect.poll(() => book('one')).toMatchObject({ routed: 9, deadLettered: 6, expired: 3 });
    expect(balance(book('one'))).toBe(0);
  });

  it('moves the cursor of a sink that nothing is for', async () => {
    const one = testSink('one');
    const dataDir = await temporaryFolder();
    const { journal, clock } = await startBench({ dataDir, sinks: { one: one.factory }, routes: ROUTES.slice(0, 1) });
    await journal.write(many('c', 10));
    await expect
      .poll(async () => {
        clock.advance(1_000);
        return cursorOf(dataDir, 'one').catch(() => '');
      })
      .toBe('{"offset":10}\n');
  });

  it('loses nothing when it is killed, and counts what waits again', async () => {
    const dataDir = await temporaryFolder();
    const [one, two] = [testSink('one'), testSink('two')];
    const sinks = { one: one.factory, two: two.factory };
    const first = await startBench({ dataDir, sinks, routes: ROUTES });
    await first.journal.write(['a', 'a', 'b']);
    await expect.poll(() => two.offsets.length).toBe(3);
    await expect
      .poll(async () => {
        first.clock.advance(1_000);
        return cursorOf(dataDir, 'one');
      })
      .toBe('{"offset":3}\n');
    one.isDown = true;
    await first.journal.write(['a', 'b', 'a']); // the same segment: the cursor lies amid it
    await first.journal.endSegment();
    await first.journal.write(many('a', 1_000));
    await expect.poll(() => two.offsets.length).toBe(1_006);
    first.abandon();

    const second = await startBench({ dataDir, sinks, routes: ROUTES });
    expect(second.journal.nextOffset).toBe(1_006);
    await expect.poll(() => second.book('one')).toMatchObject({ routed: 1_002, waiting: 1_002 });
    one.isDown = false;
    await second.journal.write(['a']);
    await expect
      .poll(() => {
        second.clock.advance(1_000);
        return one.offsets.length;
      })
      .toBe(1_005);
    expect(one.offsets).toEqual([0, 1, 3, 5, ...range(6, 1_007)]);
    await expect.poll(() => second.book('one')).toMatchObject({ routed: 1_003, delivered: 1_003, waiting: 0 });
    expect([...new Set(two.offsets)]).toEqual([0, 1, 2, 3, 4, 5, ...range(6, 1_007)]);
  });

  it('counts exactly what a sink that is down loses when the journal is full', async () => {
    const [one, two] = [testSink('one'), testSink('two')];
    const { journal, book, clock, queue, troubles } = await startBench({
      dataDir: await temporaryFolder(),
      sinks: { one: one.factory, two: two.factory },
      routes: [ROUTES[0], { match: { type: 'b' }, to: ['two'] }],
      maxBytes: 100_000,
    });
    await journal.write(many('a', 7));
    await expect.poll(() => one.offsets.length).toBe(7);
    one.isDown = true;
    for (let i = 0; i < 30; i++) {
      for (let j = 0; j < 10; j++) await journal.write(['a', 'b', 'c', ...many('a', i)]);
      await journal.endSegment();
    }
    const routed = 7 + range(0, 30).reduce((sum, i) => sum + 10 * (i + 1), 0);
    await expect.poll(() => book('one').routed).toBe(routed);
    expect(queue.bytes).toBeLessThanOrEqual(100_000);
    const before = book('one');
    expect(balance(before)).toBe(0);
    expect(before.expired).toBeGreaterThan(0);
    await expect.poll(() => book('two')).toMatchObject({ routed: 300, delivered: 300, expired: 0 });
    one.isDown = false;
    await expect
      .poll(() => {
        clock.advance(1_000);
        return book('one').waiting;
      })
      .toBe(0);
    const after = book('one');
    expect(after).toMatchObject({ routed, expired: before.expired, delivered: routed - before.expired });
    expect(one.offsets).toHaveLength(routed - before.expired);
    expect(new Set(one.offsets).size).toBe(one.offsets.length);
    expect(troubles).toContainEqual(expect.stringMatching(/^the journal is larger than 100000 bytes/));
  });

  it('counts what an earlier run left before it lets go of it', async () => {
    const dataDir = await temporaryFolder();
    const one = testSink('one');
    const sinks = { one: one.factory };
    const routes = ROUTES.slice(0, 1);
    const first = await startBench({ dataDir, sinks, routes });
    one.isDown = true;
    for (let i = 0; i < 10; i++) {
      await first.journal.write(['b', ...many('a', 99)]);
      await first.journal.endSegment();
    }
    await expect.poll(() => first.book('one').waiting).toBe(990);
    await expect.poll(() => cursorOf(dataDir, 'one')).toBe('{"offset":0}\n');
    first.abandon();
    const second = await startBench({ dataDir, sinks, routes, maxBytes: 50_000 });
    await expect.poll(() => second.queue.bytes).toBeLessThanOrEqual(50_000);
    await expect.poll(() => second.book('one').routed).toBe(990);
    const { waiting, expired } = second.book('one');
    expect(expired).toBe(990 - waiting);
    // What was in hand is kept, whatever became of its segment.
    one.isDown = false;
    await expect
      .poll(() => {
        second.clock.advance(1_000);
        return second.book('one').waiting;
      })
      .toBe(0);
    expect(second.book('one').delivered).toBe(one.offsets.length);
    expect(balance(second.book('one'))).toBe(0);
  });

  it('begins with what comes for a new sink, and says what one that is gone has missed', async () => {
    const dataDir = await temporaryFolder();
    const [one, two] = [testSink('one'), testSink('two')];
    const first = await startBench({ dataDir, sinks: { one: one.factory }, routes: ROUTES.slice(0, 1) });
    one.isDown = true;
    await first.journal.write(many('a', 10));
    await first.journal.endSegment();
    await expect.poll(() => first.book('one').waiting).toBe(10);
    await expect.poll(() => cursorOf(dataDir, 'one')).toBe('{"offset":0}\n');
    first.abandon();
    const second = await startBench({
      dataDir,
      sinks: { two: two.factory },
      routes: [{ match: { type: 'a' }, to: ['two'] }],
    });
    await second.journal.write(['a']);
    await expect.poll(() => two.offsets).toEqual([10]);
    expect(second.troubles).toEqual(['one is no sink any more; 10 messages of the journal were not looked at for it']);
    expect(second.delivery.stats().abandoned).toBe(10);
    expect(await readdir(join(dataDir, 'cursors'))).toEqual(['sink-two']);
    await expect.poll(() => cursorOf(dataDir, 'two')).toBe('{"offset":10}\n');
  });

  it('delivers what is there when it is closed, and stands there when it begins again', async () => {
    const dataDir = await temporaryFolder();
    const one = testSink('one');
    const sinks = { one: one.factory };
    const first = await startBench({ dataDir, sinks, routes: ROUTES.slice(0, 1) });
    for (let i = 0; i < 20; i++) await first.journal.write(many('a', 200));
    await first.journal.endSegment();
    await closeBench(first.delivery, first.clock);
    expect(one.offsets).toEqual(range(0, 4_000));
    expect(one.calls.at(-1)).toBe('close');
    expect(await cursorOf(dataDir, 'one')).toBe('{"offset":4000}\n');
    const second = await startBench({ dataDir, sinks, routes: ROUTES.slice(0, 1) });
    await second.journal.write(['a']);
    await expect.poll(() => one.offsets.length).toBe(4_001);
    expect(second.book('one')).toMatchObject({ routed: 1, delivered: 1 });
  });

  it('passes over a damaged line, which is nobody’s', async () => {
    const dataDir = await temporaryFolder();
    const one = testSink('one');
    const first = await startBench({ dataDir, sinks: { one: one.factory }, routes: ROUTES.slice(0, 1) });
    one.isDown = true;
    await first.journal.write(many('a', 3));
    const { path } = await first.journal.endSegment();
    await expect.poll(() => cursorOf(dataDir, 'one')).toBe('{"offset":0}\n');
    first.abandon();
    await writeFile(path, (await readFile(path, 'utf8')).replace('"n1"}', '"n1"'));
    one.isDown = false;
    const second = await startBench({ dataDir, sinks: { one: one.factory }, routes: ROUTES.slice(0, 1) });
    await expect.poll(() => one.offsets).toEqual([0, 2]);
    await expect.poll(() => second.book('one')).toMatchObject({ routed: 2, delivered: 2 });
  });

  it('goes on without a segment that it did not hear and cannot read, and lets the journal forget it', async () => {
    const one = testSink('one');
    const dataDir = await temporaryFolder();
    const { journal, clock, queue, book, troubles } = await startBench({
      dataDir,
      sinks: { one: one.factory },
      routes: ROUTES.slice(0, 1),
    });
    await journal.write(many('a', 3), false);
    const path = join(dataDir, 'journal', segmentName(0));
    await rm(path);
    await mkdir(path); // it is there, and cannot be read
    await journal.endSegment();
    await journal.write(many('a', 2));
    await journal.endSegment();
    await expect
      .poll(() => {
        clock.advance(5_000);
        return one.offsets;
      })
      .toEqual([3, 4]);
    expect(troubles.filter((text) => text.includes(path) && text.includes('3 messages are not routed'))).toHaveLength(
      1,
    );
    expect(book('one')).toMatchObject({ routed: 2, delivered: 2, waiting: 0 });
    await expect
      .poll(() => {
        clock.advance(1_000);
        return queue.segments;
      })
      .toBe(0);
  });

  it('speaks of a sink by its name in the configuration, whatever it calls itself', async () => {
    const other = testSink('other');
    other.isDown = true;
    const { journal, troubles } = await startBench({
      dataDir: await temporaryFolder(),
      sinks: { one: other.factory },
      routes: ROUTES.slice(0, 1),
    });
    await journal.write(['a']);
    await expect.poll(() => troubles).toEqual([expect.stringMatching(/^one: writing failed: down/)]);
  });

  it.each<[string, () => Promise<void>]>([
    ['fails', () => Promise.reject(new Error('no disk'))],
    ['hangs', () => new Promise(() => undefined)],
  ])('gives again what was not flushed when closing the sink %s', async (_, close) => {
    const dataDir = await temporaryFolder();
    const one = testSink('one');
    const bench = await startBench({
      dataDir,
      sinks: { one: async (context) => ({ ...(await one.factory(context)), close }) },
      routes: ROUTES.slice(0, 1),
    });
    await expect.poll(() => cursorOf(dataDir, 'one')).toBe('{"offset":0}\n');
    await bench.journal.write(many('a', 3));
    await expect.poll(() => bench.book('one').delivered).toBe(3);
    await closeBench(bench.delivery, bench.clock, 1_000);
    expect(await cursorOf(dataDir, 'one')).toBe('{"offset":0}\n');
  });
});
