import { describe, expect, it } from 'vitest';
import { createJournalWriter, GROUP_MS, type JournalWriter } from '../../../src/router/journal/writer.ts';
import type { Segment } from '../../../src/router/journal/segment.ts';
import { SEGMENT_DEFAULTS, type SegmentLimits } from '../../../src/router/journal/writer-options.ts';
import { createManualPlatform, type ManualPlatform } from '../../../src/testing/manual-clock.ts';
import { createMemoryFiles, type MemoryFiles } from '../support/memory-files.ts';
import { headerLine, messageLine, NOON_MS } from '../support/lines.ts';

const MIB = 1024 * 1024;

interface Bench {
  readonly writer: JournalWriter;
  readonly clock: ManualPlatform;
  readonly disk: MemoryFiles;
  readonly segments: Segment[];
  readonly troubles: string[];
  readonly written: string[];
  /** Appends a run of `count` messages; the result is filled once it is settled. */
  append(count?: number, name?: string): { journaled?: boolean };
  /** Lets writes that are due happen. */
  settle(): Promise<void>;
}

function bench(limits: Partial<SegmentLimits> = {}, startMs = NOON_MS): Bench {
  const clock = createManualPlatform({ nowMs: startMs });
  const disk = createMemoryFiles();
  const segments: Segment[] = [];
  const troubles: string[] = [];
  const written: string[] = [];
  const writer = createJournalWriter(
    { dir: '/journal', nextOffset: 100, ...SEGMENT_DEFAULTS, ...limits },
    {
      clock,
      files: disk,
      onClosed: (segment) => segments.push(segment),
      onTrouble: (text) => troubles.push(text),
      onWritten: ({ bytes }) => written.push(Buffer.from(bytes).toString()),
    },
  );
  return {
    writer,
    clock,
    disk,
    segments,
    troubles,
    written,
    append(count = 1, name = 'n') {
      const result: { journaled?: boolean } = {};
      writer.append(run(count, name), count, clock.now(), (journaled) => (result.journaled = journaled));
      return result;
    },
    async settle() {
      clock.advance(GROUP_MS);
      // Every step of the memory disk is one turn of the microtask queue; a timer comes after all of them.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const run = (count: number, name: string): string =>
  [headerLine(), ...Array.from({ length: count }, () => messageLine(name)), ''].join('\n');

describe('createJournalWriter', () => {
  it('writes what comes within a few milliseconds at once, and then acknowledges it', async () => {
    const { append, settle, disk, written } = bench();
    const first = append(2);
    const second = append(1);
    expect(first.journaled).toBeUndefined();
    await settle();
    expect([first.journaled, second.journaled]).toEqual([true, true]);
    expect(written).toEqual([run(2, 'n') + run(1, 'n')]);
    expect([...disk.contents]).toEqual([['/journal/0000000000000100.ndjson', written[0]]]);
  });

  it('closes a segment a second after its first message, on disk', async () => {
    const { append, settle, clock, segments, disk, writer } = bench();
    append(3);
    await settle();
    clock.advance(999 - 2 * GROUP_MS);
    append(1);
    await settle();
    expect(segments).toEqual([]);
    clock.advance(1);
    await settle();
    const path = '/journal/0000000000000100.ndjson';
    const bytes = Buffer.byteLength(run(3, 'n') + run(1, 'n'));
    expect(segments).toEqual([{ path, first: 100, count: 4, dt: '2026-11-22', bytes }]);
    expect(disk.synced).toEqual([path, '/journal']);
    append(1);
    await settle();
    expect(disk.contents.has('/journal/0000000000000104.ndjson')).toBe(true);
    expect(writer.nextOffset).toBe(105);
  });

  it('closes a segment that is full, and keeps a run whole', async () => {
    const { append, settle, segments, disk } = bench({ segmentBytes: 1_000 });
    append(20);
    append(1);
    await settle();
    expect(segments.map(({ first, count }) => [first, count])).toEqual([[100, 20]]);
    expect(disk.contents.get('/journal/0000000000000120.ndjson')).toBe(run(1, 'n'));
  });

  it('writes no empty segment', async () => {
    const { append, settle, clock, disk, writer } = bench();
    append();
    await settle();
    clock.advance(60_000);
    await settle();
    await writer.close();
    expect(disk.contents.size).toBe(1);
  });

  it('begins a new segment at midnight UTC, however little time or space the old one had', async () => {
    const midnightMs = Date.parse('2026-11-23T00:00:00.000Z');
    const { append, settle, clock, segments, writer } = bench({}, midnightMs - 2);
    append(2, 'before');
    clock.advance(1);
    append(1, 'before');
    clock.advance(1);
    append(3, 'after');
    await settle();
    await writer.close();
    expect(segments.map(({ first, count, dt }) => [first, count, dt])).toEqual([
      [100, 3, '2026-11-22'],
      [103, 3, '2026-11-23'],
    ]);
  });

  it('takes a run that is larger than a chunk', async () => {
    const { writer, settle, written } = bench();
    const text = `${headerLine()}\n${messageLine('ü'.repeat(700_000))}\n`;
    let journaled: boolean | undefined;
    writer.append(text, 1, NOON_MS, (result) => (journaled = result));
    await settle();
    expect(journaled).toBe(true);
    expect(written.join('')).toBe(text);
  });

  it('keeps the order and every byte over many chunks', async () => {
    const { append, settle, written, writer } = bench();
    let expected = '';
    for (let i = 0; i < 200; i++) {
      append(50, `ö${i}`);
      expected += run(50, `ö${i}`);
      if (i % 20 === 0) await settle();
    }
    await writer.close();
    expect(written.join('')).toBe(expected);
  });

  it('acknowledges with fsync always only what is on disk', async () => {
    const { append, settle, disk } = bench({ fsync: 'always' });
    const result = append();
    await settle();
    expect(result.journaled).toBe(true);
    expect(disk.synced).toEqual(['/journal/0000000000000100.ndjson', '/journal']);
  });

  it('does not acknowledge with fsync always what the disk would not keep', async () => {
    const { append, settle, disk, troubles, segments, writer } = bench({ fsync: 'always' });
    append(2);
    await settle();
    disk.failing = 'sync';
    const result = append(3);
    await settle();
    expect(result.journaled).toBe(false);
    expect(troubles).toHaveLength(1);
    disk.failing = 'nothing';
    await writer.close();
    expect(segments.map(({ count }) => count)).toEqual([2]);
    expect(disk.contents.get('/journal/0000000000000100.ndjson')).toBe(run(2, 'n'));
  });

  it('holds at most 64 MiB for a disk that does not answer, says that the rest is lost, and goes on when it does', async () => {
    const { append, settle, disk, troubles, written, writer } = bench();
    let answer = (): void => undefined;
    disk.pause = new Promise((resolve) => (answer = resolve));
    const MESSAGES = 2_000;
    const results = Array.from({ length: 400 }, () => append(MESSAGES));
    await settle();
    const lost = results.filter(({ journaled }) => journaled === false);
    const heldBytes = (results.length - lost.length) * Buffer.byteLength(run(MESSAGES, 'n'));
    expect(heldBytes).toBeGreaterThan(60 * MIB);
    expect(heldBytes).toBeLessThan(66 * MIB);
    expect(lost).toEqual(results.slice(-lost.length)); // what came last
    expect(troubles).toEqual(['the journal is written more slowly than messages come; some are lost']);
    answer();
    await expect.poll(() => results.filter(({ journaled }) => journaled === undefined)).toEqual([]);
    const later = append(1, 'later');
    await writer.close();
    expect(later.journaled).toBe(true);
    expect(Buffer.byteLength(written.join(''))).toBe(heldBytes + Buffer.byteLength(run(1, 'later')));
  });

  it('keeps what is journaled when the disk is full, says so once, and goes on when there is room', async () => {
    const { append, settle, clock, disk, troubles, segments, writer } = bench();
    append(2, 'kept');
    await settle();
    disk.roomBytes = 100; // not enough for the run: a part of it is written
    const lost = append(3, 'lost');
    await settle();
    expect(lost.journaled).toBe(false);
    expect(troubles).toEqual([expect.stringMatching(/^the journal cannot be written: ENOSPC/)]);
    const path = '/journal/0000000000000100.ndjson';
    expect(disk.contents.get(path)).toBe(run(2, 'kept'));
    expect(segments.map(({ count }) => count)).toEqual([2]);
    expect(append().journaled).toBe(false); // it rests for a second
    disk.roomBytes = Number.POSITIVE_INFINITY;
    clock.advance(1_000);
    const found = append(1, 'found');
    await settle();
    expect(found.journaled).toBe(true);
    expect(troubles).toHaveLength(1);
    await writer.close();
    expect(segments.map(({ first, count }) => [first, count])).toEqual([
      [100, 2],
      [102, 1],
    ]);
    expect(disk.contents.get('/journal/0000000000000102.ndjson')).toBe(run(1, 'found'));
  });

  it('leaves no file behind when not even the first message fits', async () => {
    const { append, settle, clock, disk, segments } = bench();
    disk.roomBytes = 10;
    expect((append(), await settle(), disk.contents.size)).toBe(0);
    expect(segments).toEqual([]);
    disk.roomBytes = Number.POSITIVE_INFINITY;
    clock.advance(1_000);
    const result = append();
    await settle();
    expect(result.journaled).toBe(true);
  });

  it('announces a segment whose file cannot be closed, and says so', async () => {
    const { append, disk, segments, troubles, writer } = bench();
    append();
    disk.failing = 'close';
    await writer.close();
    expect(troubles).toEqual([expect.stringMatching(/^a segment of the journal cannot be closed: EIO/)]);
    expect(segments.map(({ count }) => count)).toEqual([1]);
  });

  it('says when the end of a segment cannot be brought to disk, and announces the segment all the same', async () => {
    const { append, disk, segments, troubles, writer } = bench();
    append();
    disk.failing = 'sync';
    await writer.close();
    expect(troubles).toEqual([expect.stringMatching(/^the journal cannot be brought to disk: EIO/)]);
    expect(segments.map(({ count }) => count)).toEqual([1]);
  });

  it('takes nothing once it is closed, and closes once', async () => {
    const { append, segments, writer } = bench();
    append();
    await Promise.all([writer.close(), writer.close()]);
    expect(segments).toHaveLength(1);
    expect(append().journaled).toBe(false);
  });
});
