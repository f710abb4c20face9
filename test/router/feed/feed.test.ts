import { describe, expect, it } from 'vitest';
import { createEpochs } from '../../../src/router/feed/epochs.ts';
import { createFeed, type Feed } from '../../../src/router/feed/feed.ts';
import type { JournalReader, Reading } from '../../../src/router/feed/journal-reader.ts';
import { placeAt } from '../../../src/router/feed/place.ts';
import { decodeSlice } from '../../../src/router/feed/slice.ts';
import { createTrack, type Track } from '../../../src/router/feed/track.ts';
import type { Routing } from '../../../src/router/routes/routing.ts';
import { createManualPlatform, type ManualPlatform } from '../../../src/testing/manual-clock.ts';
import { range } from '../support/numbered.ts';
import { journalText, many } from '../support/test-journal.ts';

/** Type `a` goes to the sink `a`, and so on. */
const routing: Routing = {
  sinks: ['a', 'b'],
  targets: ({ type }) => (type === 'a' ? [0] : type === 'b' ? [1] : []),
};

interface Bench {
  readonly feed: Feed;
  readonly track: Track;
  readonly clock: ManualPlatform;
  /** What can be read from the disk, by offset; an error is thrown. */
  readonly disk: Map<number, Reading | Error>;
  readonly troubles: string[];
  push(types: readonly string[]): void;
  /** Offsets that the track gives now. */
  taken(): Promise<number[]>;
}

function bench(windowBytes = 1_000_000): Bench {
  const clock = createManualPlatform();
  const epochs = createEpochs(routing);
  const disk: Bench['disk'] = new Map();
  const troubles: string[] = [];
  const onTrouble = (text: string): void => void troubles.push(text);
  const reader: JournalReader = {
    read(from) {
      const reading = disk.get(from);
      return reading instanceof Error ? Promise.reject(reading) : Promise.resolve(reading);
    },
  };
  const rest = (): Promise<void> => Promise.resolve();
  const feed = createFeed({ windowBytes }, { clock, epochs, reader, rest, onTrouble });
  const track = createTrack(
    { name: 'a', start: 0 },
    { clock, epochs, reader, feed, rest, onMoved: () => undefined, onTrouble },
  );
  feed.join(track);
  feed.start(0);
  const source = track.attach();
  let offset = 0;
  return {
    feed,
    track,
    clock,
    disk,
    troubles,
    push(types) {
      const bytes = Buffer.from(journalText(types, offset));
      feed.push({ first: offset, count: types.length, bytes });
      offset += types.length;
    },
    async taken() {
      const offsets: number[] = [];
      for (let batch = await source.next({ maxMessages: 3 }); batch; batch = await source.next({ maxMessages: 3 })) {
        offsets.push(...batch.messages.map((message) => message.offset));
        source.settle(batch.end);
      }
      return offsets;
    },
  };
}

function readingOf(types: readonly string[], first: number): Reading {
  const slice = { start: placeAt(first), bytes: Buffer.from(journalText(types, first)) };
  const { messages, end } = decodeSlice(slice);
  return { slice, messages, end: end.offset };
}

describe('createFeed', () => {
  it('gives each track its messages at once, and counts what no route took', async () => {
    const { feed, push, taken, track } = bench();
    push(['a', 'b', 'c', 'a']);
    expect(feed.end).toBe(4);
    expect(await taken()).toEqual([0, 3]);
    expect(track.settled).toBe(4);
    expect(feed.unmatchedCount).toBe(1);
  });

  it('takes a track along for which there is nothing', () => {
    const { push, track } = bench();
    push(['b', 'c']);
    expect(track.settled).toBe(2);
    push(['a', 'c']);
    push(['c']);
    expect(track.settled).toBe(2);
  });

  it('waits for what it did not hear of, and then goes on in order', async () => {
    const { feed, push, taken, disk, clock, troubles } = bench();
    push(['a']);
    const missing = readingOf(['a', 'a', 'c'], 1);
    feed.push({ first: 4, count: 2, bytes: Buffer.from(journalText(['a', 'a'], 4)) });
    await clock.settle();
    expect(await taken()).toEqual([0]);
    disk.set(1, new Error('EIO'));
    feed.close({ path: 's', first: 0, count: 6, dt: '2026-11-22', bytes: 1 });
    await clock.settle();
    expect(troubles).toEqual(['the journal cannot be read, and is tried again: EIO']);
    disk.set(1, missing);
    clock.advance(1_000);
    await clock.settle();
    expect(feed.end).toBe(6);
    expect(await taken()).toEqual([1, 2, 4, 5]);
    expect(feed.unmatchedCount).toBe(1);
  });

  it('holds at most 8 MiB of what it cannot route yet, and has the rest from the disk', async () => {
    const { feed, taken, disk, clock, troubles } = bench(100_000_000);
    const types = many('a', 10_000);
    const count = types.length;
    const firsts = range(0, 15).map((piece) => piece * count);
    disk.set(0, readingOf(types, 0));
    let heldBytes = 0;
    let firstLeft = 0;
    // All but the first is heard.
    for (const first of firsts.slice(1)) {
      const bytes = Buffer.from(journalText(types, first));
      feed.push({ first, count, bytes });
      if (heldBytes > 8 * 1024 * 1024) firstLeft ||= first;
      heldBytes += bytes.length;
    }
    feed.close({ path: 's', first: 0, count: firsts.length * count, dt: '2026-11-22', bytes: 1 });
    disk.set(firstLeft, new Error('EIO'));
    await expect.poll(() => troubles).toEqual(['the journal cannot be read, and is tried again: EIO']);
    expect(feed.end).toBe(firstLeft);
    for (const first of firsts) if (first >= firstLeft) disk.set(first, readingOf(types, first));
    clock.advance(1_000);
    await expect.poll(() => feed.end).toBe(firsts.length * count);
    expect(await taken()).toHaveLength(firsts.length * count);
  });

  it('passes over what the journal never had', async () => {
    const { feed, taken, disk, clock } = bench();
    feed.push({ first: 10, count: 1, bytes: Buffer.from(journalText(['a'], 10)) });
    disk.set(0, { goneUntil: 10 });
    feed.close({ path: 's', first: 10, count: 1, dt: '2026-11-22', bytes: 1 });
    await clock.settle();
    expect(await taken()).toEqual([10]);
  });

  it('passes over what cannot be read any more, tells of it, and routes what it heard behind it', async () => {
    const { feed, push, taken, disk, clock, troubles, track } = bench();
    push(['a']);
    feed.push({ first: 4, count: 1, bytes: Buffer.from(journalText(['a'], 4)) });
    disk.set(1, { goneUntil: 6, trouble: 's cannot be read: EIO' });
    disk.set(5, { goneUntil: 6, trouble: 's cannot be read: EIO' });
    feed.close({ path: 's', first: 0, count: 6, dt: '2026-11-22', bytes: 1 });
    await clock.settle();
    expect(troubles).toEqual([
      's cannot be read: EIO; 3 messages are not routed',
      's cannot be read: EIO; 1 messages are not routed',
    ]);
    expect(feed.end).toBe(6);
    expect(await taken()).toEqual([0, 4]);
    expect([track.settled, track.book.left, track.lostCount]).toEqual([6, 0, 0]);
  });

  it('tries a read that failed once a second, however much comes', async () => {
    const { feed, disk, clock, troubles } = bench();
    disk.set(0, new Error('EIO'));
    feed.close({ path: 's', first: 0, count: 1, dt: '2026-11-22', bytes: 1 });
    await clock.settle();
    for (let offset = 1; offset < 20; offset++) {
      feed.push({ first: offset, count: 1, bytes: Buffer.from(journalText(['a'], offset)) });
      await clock.settle();
    }
    expect(troubles).toHaveLength(1);
    clock.advance(1_000);
    await clock.settle();
    expect(troubles).toHaveLength(2);
  });

  it('tells when it has come so far', async () => {
    const { feed, push, clock } = bench();
    const reached: number[] = [];
    void feed.reach(0).then(() => reached.push(0));
    void feed.reach(2).then(() => reached.push(2));
    void feed.reach(3).then(() => reached.push(3));
    push(['a', 'a']);
    await clock.settle();
    expect(reached).toEqual([0, 2]);
  });

  it('counts what is damaged in the journal, a line or a whole segment', async () => {
    const { feed, disk, clock, troubles } = bench();
    const [header = '', first = '', , third = ''] = journalText(['a', 'a', 'a'], 0).split('\n');
    feed.push({ first: 0, count: 3, bytes: Buffer.from([header, first, '{"type":"a', third, ''].join('\n')) });
    expect([feed.end, feed.unreadCount]).toEqual([3, 1]);
    disk.set(3, { goneUntil: 8, trouble: 's cannot be read: EIO' });
    feed.close({ path: 's', first: 0, count: 8, dt: '2026-11-22', bytes: 1 });
    await clock.settle();
    expect([feed.end, feed.unreadCount]).toEqual([8, 6]);
    expect(troubles).toEqual(['s cannot be read: EIO; 5 messages are not routed']);
  });

  it('routes nothing while it is stopped, and goes on where it is started', async () => {
    const { feed, push, clock } = bench();
    push(['c']);
    feed.stop();
    push(['c']);
    expect([feed.end, feed.unmatchedCount]).toEqual([1, 1]);
    feed.start(2);
    push(['c']);
    await clock.settle();
    expect([feed.end, feed.unmatchedCount]).toEqual([3, 2]);
  });
});

describe('createTrack', () => {
  it('lets the feed pass when its sink does not come, and catches up from memory', async () => {
    const { push, taken, track, feed } = bench(100_000_000);
    for (let i = 0; i < 50; i++) push(many('a', 500));
    expect(feed.end).toBe(25_000);
    expect(track.book.left).toBe(25_000);
    const offsets = await taken();
    expect(offsets).toHaveLength(25_000);
    expect(offsets.every((offset, i) => offset === i)).toBe(true);
    push(['a']);
    expect(await taken()).toEqual([25_000]);
    expect(track.book.left).toBe(0);
  });

  it('fills a batch from several pieces while its sink is behind, and does not wait for the last where they hold little for it', async () => {
    const { push, track } = bench(100_000_000);
    for (let i = 0; i < 50; i++) push(many('a', 500));
    for (let i = 0; i < 50; i++) push(['a', ...many('b', 499)]);
    const source = track.attach();
    const counts: number[] = [];
    for (let left = 25_050; left > 0; left -= counts.at(-1) ?? left) {
      counts.push((await source.next({ maxMessages: 2_000 }))?.messages.length ?? 0);
    }
    expect(counts.slice(0, 12)).toEqual(Array.from({ length: 12 }, () => 2_000));
    expect(counts.slice(13).every((count) => count < 20)).toBe(true);
    expect(counts.length).toBeGreaterThan(14);
  });

  it('gives a runner again what the one before did not settle', async () => {
    const { push, track } = bench();
    push(many('a', 10));
    const first = track.attach();
    expect((await first.next({ maxMessages: 4 }))?.end).toBe(4);
    await first.next({ maxMessages: 4 });
    first.settle(2);
    expect(track.settled).toBe(2);
    const second = track.attach();
    expect(track.againCount).toBe(6);
    expect(await first.next({ maxMessages: 4 })).toBeUndefined();
    first.settle(8);
    expect(track.settled).toBe(2);
    const again = await second.next({ maxMessages: 4 });
    expect([again?.messages.map(({ offset }) => offset), again?.end]).toEqual([[2, 3, 4, 5], 6]);
    second.settle(6);
    const rest = await second.next({ maxMessages: 4 });
    expect(rest?.messages.map(({ offset }) => offset)).toEqual([6, 7]);
    expect((await second.next({ maxMessages: 4 }))?.messages.map(({ offset }) => offset)).toEqual([8, 9]);
    second.settle(10);
    expect([track.settled, track.againCount, track.book.left]).toEqual([10, 0, 0]);
  });

  it('gives nothing any more once its source was ended', async () => {
    const { push, track } = bench();
    push(['a', 'a']);
    const source = track.attach();
    await source.next({ maxMessages: 1 });
    source.end();
    expect(await source.next({ maxMessages: 1 })).toBeUndefined();
    source.settle(1);
    expect(track.settled).toBe(1);
  });

  it('loses what is gone, but for what its runner has in hand', async () => {
    const { push, track } = bench();
    push(many('a', 4));
    push(['a', 'b', 'a']);
    push(['a']);
    const source = track.attach();
    await source.next({ maxMessages: 2 });
    expect(track.lose(7)).toBe(4);
    expect([track.lostCount, track.book.left, track.settled]).toEqual([4, 1, 0]);
    source.settle(2);
    expect(track.settled).toBe(7);
    expect(track.lose(7)).toBe(0);
    expect((await source.next({ maxMessages: 5 }))?.messages.map(({ offset }) => offset)).toEqual([7]);
  });

  it('says once that there is something again', async () => {
    const { push, track } = bench();
    const source = track.attach();
    let calls = 0;
    source.onReady(() => calls++);
    push(['b']);
    expect(calls).toBe(0);
    push(['a']);
    push(['a']);
    expect(calls).toBe(1);
    await source.next({ maxMessages: 5 });
  });

  it('does not go back to what it was reading when it was stopped and begun further on', async () => {
    const { feed, disk } = bench();
    disk.set(0, readingOf(many('a', 5), 0));
    feed.close({ path: '', first: 0, count: 5, dt: '2026-11-22', bytes: 1 }); // begins to read
    feed.stop();
    feed.start(20);
    await new Promise((resolve) => setImmediate(resolve));
    expect(feed.end).toBe(20);
  });
});
