import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DeliveryConfig } from '../../../src/router/delivery/delivery-port.ts';
import type { SinkFactory } from '../../../src/router/sink.ts';
import { createMemorySink } from '../../../src/testing/memory-sink.ts';
import { temporaryFolder } from '../support/folder.ts';
import { many } from '../support/test-journal.ts';
import { balance, closeBench, range, startBench, testSink, type DeliveryBench } from './delivery-bench.ts';

const all = (...names: string[]): DeliveryConfig['routes'] => [{ match: {}, to: names }];

/** Reloads while time goes on by itself. */
async function reload({ delivery, clock, journal }: DeliveryBench, config: DeliveryConfig): Promise<void> {
  let isDone = false;
  const done = delivery.reload(config, () => Promise.resolve(journal.nextOffset)).finally(() => (isDone = true));
  done.catch(() => undefined); // the caller awaits it
  while (!isDone) {
    clock.advance(50);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await done;
}

describe('a reload', () => {
  it('routes what comes from then on, and what a sink still has to read as it was meant', async () => {
    const [one, two] = [testSink('one'), testSink('two')];
    const sinks = { one: one.factory, two: two.factory };
    const bench = await startBench({
      dataDir: await temporaryFolder(),
      sinks,
      routes: [
        { match: { type: 'a' }, to: ['one'] },
        { match: { type: 'b' }, to: ['two'] },
      ],
    });
    const { journal, clock, book } = bench;
    one.isDown = true;
    for (let i = 0; i < 10; i++) {
      await journal.write(Array.from({ length: 500 }, (_, j) => (j % 2 === 0 ? 'a' : 'b')));
      await journal.endSegment();
    }
    await reload(bench, {
      sinks,
      routes: [
        { match: { type: 'b' }, to: ['one'] },
        { match: { type: 'a' }, to: ['two'] },
      ],
    });
    for (let i = 0; i < 10; i++) {
      await journal.write(Array.from({ length: 500 }, (_, j) => (j % 2 === 0 ? 'a' : 'b')));
      await journal.endSegment();
    }
    one.isDown = false;
    await expect
      .poll(() => {
        clock.advance(1_000);
        return [one.offsets.length, two.offsets.length];
      })
      .toEqual([5_000, 5_000]);
    const isEven = (offset: number): boolean => offset % 2 === 0;
    expect(one.offsets).toEqual(range(0, 10_000).filter((offset) => isEven(offset) === offset < 5_000));
    expect(two.offsets).toEqual(range(0, 10_000).filter((offset) => isEven(offset) !== offset < 5_000));
    expect([book('one').routed, book('two').routed]).toEqual([5_000, 5_000]);
  });

  it('leaves a sink alone whose part did not change', async () => {
    const [one, two] = [testSink('one'), testSink('two')];
    const bench = await startBench({
      dataDir: await temporaryFolder(),
      sinks: { one: one.factory },
      routes: all('one'),
    });
    await bench.journal.write(many('a', 3));
    await reload(bench, { sinks: { one: one.factory, two: two.factory }, routes: all('one', 'two') });
    await bench.journal.write(many('a', 3));
    await expect.poll(() => two.offsets).toEqual([3, 4, 5]);
    await expect.poll(() => one.offsets).toEqual([0, 1, 2, 3, 4, 5]);
    expect(one.calls.filter((call) => call !== 'flush')).toEqual(['made']);
    expect(bench.book('one')).toMatchObject({ routed: 6, delivered: 6 });
    expect(bench.book('two')).toMatchObject({ routed: 3, delivered: 3 });
  });

  it('gives what a replaced sink did not deliver to the one in its place', async () => {
    const [old, young] = [testSink('one'), testSink('one')];
    const bench = await startBench({
      dataDir: await temporaryFolder(),
      sinks: { one: old.factory },
      routes: all('one'),
    });
    await bench.journal.write(many('a', 5));
    await expect.poll(() => old.offsets.length).toBe(5);
    old.isDown = true;
    for (let i = 0; i < 20; i++) {
      await bench.journal.write(many('a', 100));
      await bench.journal.endSegment();
    }
    await expect.poll(() => bench.book('one').failures).toBeGreaterThan(0);
    await reload(bench, { sinks: { one: young.factory }, routes: all('one') });
    await bench.journal.write(many('a', 5));
    await expect.poll(() => young.offsets.length).toBe(2_005);
    expect(young.offsets).toEqual(range(5, 2_010));
    expect(old.calls.at(-1)).toBe('close');
    expect(bench.book('one')).toMatchObject({ routed: 2_010, delivered: 2_010, waiting: 0 });
  });

  it('counts once what a replaced sink did, at every moment', async () => {
    const bench = await startBench({
      dataDir: await temporaryFolder(),
      sinks: { one: testSink('one').factory },
      routes: all('one'),
    });
    await bench.journal.write(many('a', 100));
    await expect.poll(() => bench.book('one').delivered).toBe(100);
    const seen = new Set<number>();
    for (let i = 0; i < 5; i++) {
      const reloading = reload(bench, { sinks: { one: testSink('one').factory }, routes: all('one') });
      let isDone = false;
      void reloading.finally(() => (isDone = true));
      while (!isDone) {
        seen.add(bench.book('one').routed);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await reloading;
    }
    expect([...seen]).toEqual([100]);
  });

  it('goes on counting what sinks leave out', async () => {
    const leaving =
      (leftOut: Readonly<Record<string, number>>): SinkFactory =>
      ({ name }) => ({ ...createMemorySink({ name }), leftOut });
    const dataDir = await temporaryFolder();
    const bench = await startBench({ dataDir, sinks: { one: leaving({ a: 1, b: 2 }) }, routes: all('one') });
    await reload(bench, { sinks: { one: leaving({ b: 3 }) }, routes: all('one') });
    expect(bench.book('one').leftOut).toEqual({ a: 1, b: 5 });
  });

  it('replaces a sink that cannot say what it left out', async () => {
    const odd: SinkFactory = ({ name }) => ({
      ...createMemorySink({ name }),
      get leftOut(): never {
        throw new Error('no numbers');
      },
    });
    const young = testSink('one');
    const bench = await startBench({ dataDir: await temporaryFolder(), sinks: { one: odd }, routes: all('one') });
    await bench.journal.write(many('a', 3));
    await expect.poll(() => bench.book('one').delivered).toBe(3);
    expect(bench.book('one').leftOut).toEqual({});
    await reload(bench, { sinks: { one: young.factory }, routes: all('one') });
    await bench.journal.write(many('a', 3));
    await expect.poll(() => young.offsets).toEqual([3, 4, 5]);
    expect(bench.book('one')).toMatchObject({ routed: 6, delivered: 6 });
  });

  it('replaces a sink although the folder of the dead letters is gone', async () => {
    const dataDir = await temporaryFolder();
    const [old, young] = [testSink('one'), testSink('one')];
    const bench = await startBench({ dataDir, sinks: { one: old.factory }, routes: all('one') });
    await rm(join(dataDir, 'dead-letter'), { recursive: true });
    await writeFile(join(dataDir, 'dead-letter'), 'in the way');
    await reload(bench, { sinks: { one: young.factory }, routes: all('one') });
    await bench.journal.write(many('a', 3));
    await expect.poll(() => young.offsets).toEqual([0, 1, 2]);
  });

  it('keeps how far a sink is whose predecessor never ends its flush', async () => {
    const young = testSink('one');
    const stuck: SinkFactory = ({ name }) => ({
      ...createMemorySink({ name }),
      flush: () => new Promise(() => undefined),
    });
    const bench = await startBench({
      dataDir: await temporaryFolder(),
      sinks: { one: stuck },
      routes: all('one'),
    });
    await reload(bench, { sinks: { one: young.factory }, routes: all('one') });
    await bench.journal.write(many('a', 3));
    await bench.journal.endSegment();
    await expect.poll(() => young.offsets).toEqual([0, 1, 2]);
    await expect
      .poll(() => {
        bench.clock.advance(1_000);
        return bench.delivery.reader.offset;
      })
      .toBe(3);
  });

  it('lets a sink that is gone deliver the rest, and forgets it', async () => {
    const dataDir = await temporaryFolder();
    const [one, two] = [testSink('one'), testSink('two')];
    const bench = await startBench({
      dataDir,
      sinks: { one: one.factory, two: two.factory },
      routes: all('one', 'two'),
    });
    for (let i = 0; i < 20; i++) await bench.journal.write(many('a', 100));
    await reload(bench, { sinks: { two: two.factory }, routes: all('two') });
    await bench.journal.write(many('a', 100));
    await expect.poll(() => two.offsets).toEqual(range(0, 2_100));
    expect(one.offsets).toEqual(range(0, 2_000));
    expect(Object.keys(bench.delivery.stats().sinks)).toEqual(['two']);
    expect(await readdir(join(dataDir, 'cursors'))).toEqual(['sink-two']);
    expect(bench.troubles).toEqual([]);
  });

  it('says how many messages a sink that is gone did not get', async () => {
    const dataDir = await temporaryFolder();
    const one = testSink('one');
    const bench = await startBench({ dataDir, sinks: { one: one.factory }, routes: all('one') });
    one.isDown = true;
    await bench.journal.write(many('a', 100));
    await bench.journal.endSegment();
    await reload(bench, { sinks: {}, routes: [] });
    expect(bench.troubles).toContain('one is no sink any more; 100 messages were not delivered to it');
    expect(bench.delivery.stats().abandoned).toBe(100);
    expect(bench.delivery.hasSinks).toBe(false);
    expect(bench.delivery.reader.offset).toBe(Number.POSITIVE_INFINITY);
    expect(await readdir(join(dataDir, 'cursors'))).toEqual([]);
  });

  it('begins with the next message where there were no sinks', async () => {
    const one = testSink('one');
    const bench = await startBench({ dataDir: await temporaryFolder(), sinks: {}, routes: [] });
    await bench.journal.write(many('a', 10), false);
    await reload(bench, { sinks: { one: one.factory }, routes: all('one') });
    await bench.journal.write(many('a', 10));
    await bench.journal.endSegment();
    await expect.poll(() => one.offsets).toEqual(range(10, 20));
    await reload(bench, { sinks: {}, routes: [] });
    await bench.journal.write(many('a', 10), false);
    await reload(bench, { sinks: { one: one.factory }, routes: all('one') });
    await bench.journal.write(many('a', 10));
    await expect.poll(() => one.offsets).toEqual([...range(10, 20), ...range(30, 40)]);
  });

  it('changes nothing when a sink cannot be opened', async () => {
    const dataDir = await temporaryFolder();
    const [one, two] = [testSink('one'), testSink('two')];
    const bench = await startBench({ dataDir, sinks: { one: one.factory }, routes: all('one') });
    const broken = (): never => {
      throw new Error('no such host');
    };
    await expect(
      reload(bench, {
        sinks: { two: two.factory, three: broken },
        routes: all('two', 'three'),
      }),
    ).rejects.toThrow('no such host');
    expect(two.calls).toEqual(['made', 'close']);
    await bench.journal.write(many('a', 3));
    await expect.poll(() => one.offsets).toEqual([0, 1, 2]);
    expect(Object.keys(bench.delivery.stats().sinks)).toEqual(['one']);
    expect(await readdir(join(dataDir, 'cursors'))).toEqual(['sink-one']);
  });

  it('closes what it has opened when the router ends meanwhile', async () => {
    const [one, two, three] = [testSink('one'), testSink('two'), testSink('three')];
    const bench = await startBench({
      dataDir: await temporaryFolder(),
      sinks: { one: one.factory, two: two.factory },
      routes: all('one', 'two'),
    });
    let open = (): void => undefined;
    const isOpen = new Promise<void>((resolve) => (open = resolve));
    const slow: SinkFactory = async (context) => {
      await isOpen;
      return three.factory(context);
    };
    const young = testSink('two');
    const reloading = reload(bench, {
      sinks: { one: one.factory, two: young.factory, three: slow },
      routes: all('one', 'two', 'three'),
    });
    await expect.poll(() => young.calls).toEqual(['made']);
    await closeBench(bench.delivery, bench.clock, 100);
    open();
    await expect(reloading).rejects.toThrow('the router is closed');
    expect([young.calls, three.calls]).toEqual([
      ['made', 'close'],
      ['made', 'close'],
    ]);
    expect(Object.keys(bench.delivery.stats().sinks)).toEqual(['one', 'two']);
  });

  it('does not wait for ever for a sink that never closes, and tells of it', async () => {
    const one = testSink('one');
    const bench = await startBench({
      dataDir: await temporaryFolder(),
      sinks: { one: one.factory },
      routes: all('one'),
    });
    const rude: SinkFactory = ({ name }) => ({
      ...createMemorySink({ name }),
      close: () => new Promise(() => undefined),
    });
    const broken = (): never => {
      throw new Error('no such host');
    };
    const config = { sinks: { one: one.factory, rude, broken }, routes: all('one') };
    await expect(reload(bench, config)).rejects.toThrow('no such host');
    expect(bench.troubles).toEqual(['rude does not close: it has taken more than 1000 ms']);
    const two = testSink('two');
    await reload(bench, { sinks: { one: one.factory, two: two.factory }, routes: all('two') });
    await bench.journal.write(many('a', 3));
    await expect.poll(() => two.offsets).toEqual([0, 1, 2]);
  });

  it('opens all sinks at once', async () => {
    const bench = await startBench({ dataDir: await temporaryFolder(), sinks: {}, routes: [] });
    const asked: string[] = [];
    let open = (): void => undefined;
    const isOpen = new Promise<void>((resolve) => (open = resolve));
    const slow: SinkFactory = async ({ name }) => {
      asked.push(name);
      await isOpen;
      return createMemorySink({ name });
    };
    const config = { sinks: { one: slow, two: slow, three: slow }, routes: all('one') };
    const reloading = bench.delivery.reload(config, () => Promise.resolve(0));
    await expect.poll(() => asked).toEqual(['one', 'two', 'three']);
    open();
    await reloading;
    expect(Object.keys(bench.delivery.stats().sinks)).toEqual(['one', 'two', 'three']);
  });

  it('leaves the other sinks time to deliver when the router ends while a sink is being replaced', async () => {
    const young = testSink('stuck');
    const stuck: SinkFactory = ({ name }) => ({
      ...createMemorySink({ name }),
      write: () => new Promise(() => undefined),
    });
    const taken: number[] = [];
    let isDown = true;
    const slow: SinkFactory = ({ name, clock }) => ({
      name,
      async write(messages, signal) {
        if (isDown) throw new Error('down');
        await new Promise<void>((resolve) => clock.after(200, resolve));
        signal.throwIfAborted();
        taken.push(...messages.map(({ offset }) => offset));
        return {};
      },
      close: () => Promise.resolve(),
    });
    const routes = all('slow', 'stuck');
    const bench = await startBench({ dataDir: await temporaryFolder(), sinks: { slow, stuck }, routes });
    await bench.journal.write(many('a', 3));
    await expect
      .poll(() => {
        bench.clock.advance(30_000);
        return bench.book('slow').failures;
      })
      .toBeGreaterThan(10); // as a rule it rests for longer than the deadline now
    isDown = false;
    const reloading = bench.delivery.reload({ sinks: { slow, stuck: young.factory }, routes }, () => Promise.reject());
    await expect.poll(() => young.calls).toEqual(['made']);
    await new Promise((resolve) => setImmediate(resolve)); // it has begun to replace
    await closeBench(bench.delivery, bench.clock, 2_000);
    expect(taken).toEqual(range(0, 3));
    bench.clock.advance(5_000);
    await reloading;
    expect(young.calls).toEqual(['made', 'close']);
  });

  it('says that a cursor cannot be deleted, and goes by the new configuration', async () => {
    const dataDir = await temporaryFolder();
    const [one, two] = [testSink('one'), testSink('two')];
    const sinks = { one: one.factory, two: two.factory };
    const bench = await startBench({ dataDir, sinks, routes: all('one', 'two') });
    await expect.poll(() => readdir(join(dataDir, 'cursors'))).toEqual(['sink-one', 'sink-two']);
    await rm(join(dataDir, 'cursors', 'sink-one'));
    await mkdir(join(dataDir, 'cursors', 'sink-one'));
    await reload(bench, { sinks: { two: two.factory }, routes: all('two') });
    expect(bench.troubles).toEqual([expect.stringContaining('the cursor of one cannot be deleted: EISDIR')]);
    expect(Object.keys(bench.delivery.stats().sinks)).toEqual(['two']);
  });

  it('says why a sink cannot be opened, though another one throws when it is closed again', async () => {
    const bench = await startBench({ dataDir: await temporaryFolder(), sinks: {}, routes: [] });
    const rude: SinkFactory = () => ({
      ...createMemorySink({ name: 'its own name' }),
      close() {
        throw new Error('not now');
      },
    });
    const broken = (): never => {
      throw new Error('no such host');
    };
    const config = { sinks: { rude, broken }, routes: all('rude') };
    await expect(reload(bench, config)).rejects.toThrow('no such host');
    expect(bench.troubles).toEqual(['rude does not close: not now']);
  });

  it('loses nothing and mixes up nothing when it comes again and again', async () => {
    const [one, two] = [testSink('one'), testSink('two')];
    const bench = await startBench({
      dataDir: await temporaryFolder(),
      sinks: { one: one.factory },
      routes: all('one'),
    });
    const expected: Record<'one' | 'two', number[]> = { one: [], two: [] };
    for (let i = 0; i < 12; i++) {
      const both = i % 3 !== 0;
      const from = bench.journal.nextOffset;
      for (let j = 0; j < 5; j++) await bench.journal.write(many('a', 40));
      expected.one.push(...range(from, bench.journal.nextOffset));
      if (i > 0 && (i - 1) % 3 !== 0) expected.two.push(...range(from, bench.journal.nextOffset));
      await bench.journal.endSegment();
      await reload(bench, {
        sinks: both ? { one: one.factory, two: two.factory } : { one: one.factory },
        routes: both ? all('one', 'two') : all('one'),
      });
    }
    await expect.poll(() => one.offsets.length).toBe(expected.one.length);
    await expect.poll(() => two.offsets.length).toBe(expected.two.length);
    expect(one.offsets).toEqual(expected.one);
    expect(two.offsets).toEqual(expected.two);
    expect(balance(bench.book('one'))).toBe(0);
  });
});
