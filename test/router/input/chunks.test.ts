import { describe, expect, it } from 'vitest';
import { MAX_CHUNKED_BYTES, splitIntoChunks } from '../../../src/core/chunks.ts';
import { MAX_HELD_BYTES } from '../../../src/router/input/chunks.ts';
import { createTestIntake, SOURCE } from '../support/intake.ts';
import { datagram, messageLine } from '../support/lines.ts';

let ids = 0;

/** A datagram's text in chunks of 200 bytes, under an id of its own. */
function chunksOf(text: string | Uint8Array, chunkBytes = 200): readonly Uint8Array[] {
  const id = Buffer.alloc(8);
  id.writeUInt32BE(++ids, 4);
  return splitIntoChunks(Buffer.from(text), id, chunkBytes);
}

const NOTHING = { pending: 0, joined: 0, duplicates: 0, incomplete: 0, overflow: 0, messages: 0 };

describe('chunks', () => {
  it('come together to what was cut', () => {
    const { take, stats, journal } = createTestIntake();
    const chunks = chunksOf(datagram('a', 0, 3));
    chunks.forEach(take);
    expect(chunks.length).toBeGreaterThan(2);
    expect(stats).toMatchObject({
      datagrams: chunks.length,
      read: 1,
      lines: 3,
      accepted: 3,
      chunks: { ...NOTHING, joined: chunks.length, messages: 1 },
    });
    expect(journal().split('\n').slice(1, -1)).toEqual([0, 1, 2].map((n) => messageLine(`n${n}`)));
  });

  it('come in any order, among those of others, and twice', () => {
    const { take, stats } = createTestIntake();
    const a = chunksOf(datagram('a', 0, 3));
    const b = chunksOf(datagram('b', 0, 3));
    for (const index of [...a.keys()].reverse()) {
      for (const bytes of [b[index]!, a[index]!, a[index]!]) take(bytes);
    }
    expect(stats).toMatchObject({
      accepted: 6,
      duplicates: 0,
      refused: {},
      chunks: { ...NOTHING, joined: a.length + b.length, duplicates: a.length, messages: 2 },
    });
    b.forEach(take);
    expect(stats).toMatchObject({ accepted: 6, chunks: { pending: 0, duplicates: a.length + b.length, messages: 2 } });
  });

  it('of a second attempt have another id, and are told from the first by sender and seq', () => {
    const { take, stats } = createTestIntake();
    chunksOf(datagram('a', 0, 3)).forEach(take);
    chunksOf(datagram('a', 0, 3)).forEach(take);
    expect(stats).toMatchObject({ accepted: 3, duplicates: 3, chunks: { messages: 2 } });
  });

  it('are given up five seconds after the first if one is lost, and the lost one is too late then', () => {
    const { take, stats, platform, intake } = createTestIntake();
    const chunks = chunksOf(datagram('a', 0, 3));
    take(chunks[0]!);
    platform.advance(4_999);
    intake.sweep();
    chunks.slice(2).forEach(take);
    expect(stats.chunks).toEqual({ ...NOTHING, pending: chunks.length - 1 });
    platform.advance(1);
    intake.sweep();
    expect(stats).toMatchObject({
      refused: { 'chunk-incomplete': 1 },
      rejected: 0,
      chunks: { ...NOTHING, incomplete: chunks.length - 1 },
    });
    take(chunks[1]!);
    expect(stats).toMatchObject({
      accepted: 0,
      refused: { 'chunk-incomplete': 1 },
      chunks: { ...NOTHING, incomplete: chunks.length },
    });
  });

  it('of 1,000 messages that never become whole are given up, each counted, and hold nothing', () => {
    const { take, stats, platform, intake } = createTestIntake();
    for (let i = 0; i < 1_000; i++)
      chunksOf(datagram(`s${i}`, 0, 3))
        .slice(1, 3)
        .forEach(take);
    platform.advance(5_000);
    intake.sweep();
    expect(stats).toMatchObject({ refused: { 'chunk-incomplete': 1_000 }, chunks: { ...NOTHING, incomplete: 2_000 } });
    chunksOf(datagram('a', 0, 3)).forEach(take);
    expect(stats.accepted).toBe(3);
  });

  it('hold no more than 16 MiB: the oldest give way', () => {
    const { take, stats } = createTestIntake();
    const oldest = chunksOf(datagram('oldest', 0, 3));
    oldest.slice(1).forEach(take);
    const part = Buffer.alloc(60_000, 'x');
    const needed = Math.ceil(MAX_HELD_BYTES / part.length);
    for (let i = 0; i < needed; i++) take(chunksOf(Buffer.concat([part, part]), part.length + 14)[0]!);
    expect(stats.refused['chunk-overflow']).toBeGreaterThanOrEqual(1);
    expect(stats.chunks.pending + stats.chunks.overflow).toBe(oldest.length - 1 + needed);
    expect(stats.chunks.pending * part.length).toBeLessThanOrEqual(MAX_HELD_BYTES);
    const before = stats.chunks.overflow;
    take(oldest[0]!);
    expect(stats).toMatchObject({ accepted: 0, chunks: { overflow: before + 1, messages: 0 } });
  });

  it('of small messages count what holding them costs', () => {
    const { take, stats } = createTestIntake();
    for (let i = 0; i < 5_000; i++) take(chunksOf(Buffer.alloc(1_000), 15)[0]!);
    expect(stats.chunks.pending).toBeLessThan(2_000);
    expect(stats.chunks.pending + stats.chunks.overflow).toBe(5_000);
  });

  it('of one byte count what each of them costs', () => {
    const { take, stats } = createTestIntake();
    const count = 30_000; // each a datagram of its own in memory: 720 bytes
    for (let i = 0; i < count / 1_000; i++) chunksOf(Buffer.alloc(1_001), 15).slice(1).forEach(take);
    expect(stats.chunks.pending).toBeLessThan(MAX_HELD_BYTES / 720);
    expect(stats.chunks.pending + stats.chunks.overflow).toBe(count);
  });

  it('carry at most 256 KiB', () => {
    const text = (length: number): string =>
      datagram('a', 0, 1).replace('"payload":"1"', `"payload":"${'x'.repeat(length)}"`);
    const room = MAX_CHUNKED_BYTES - text(0).length;
    const whole = createTestIntake();
    chunksOf(text(room), 1_432).forEach(whole.take);
    expect(whole.stats).toMatchObject({ accepted: 1, refused: {} });
    const longer = createTestIntake();
    const chunks = chunksOf(text(room + 1), 1_432);
    chunks.forEach(longer.take);
    expect(longer.stats).toMatchObject({
      accepted: 0,
      refused: { 'chunk-overflow': 1 },
      chunks: { ...NOTHING, overflow: chunks.length },
    });
  });

  it('are refused one by one where they contradict the first', () => {
    const { take, stats } = createTestIntake();
    const chunks = chunksOf(datagram('a', 0, 3));
    take(chunks[0]!);
    const other = Buffer.from(chunks[1]!);
    other.writeUInt16BE(chunks.length + 1, 12);
    take(other);
    const past = Buffer.from(chunks[1]!);
    past.writeUInt16BE(chunks.length, 10);
    take(past);
    expect(stats).toMatchObject({ rejected: 2, refused: { 'bad-chunk': 2 }, chunks: { ...NOTHING, pending: 1 } });
    chunks.slice(1).forEach(take);
    expect(stats.accepted).toBe(3);
  });

  it('from elsewhere under the same id are another message’s', () => {
    const { take, stats, intake } = createTestIntake();
    const chunks = chunksOf(datagram('a', 0, 3));
    take(chunks[0]!);
    intake.take(Buffer.from(chunks[1]!).fill(0x78, 14), { ...SOURCE, port: SOURCE.port + 1 });
    intake.take(Buffer.from(chunks[1]!).fill(0x78, 14), { ...SOURCE, address: '127.0.0.2' });
    chunks.slice(1).forEach(take);
    expect(stats).toMatchObject({ accepted: 3, chunks: { pending: 2 } });
  });

  it('do not hold chunks', () => {
    const { take, stats } = createTestIntake();
    const inner = chunksOf(datagram('a', 0, 3), 100_000)[0]!;
    const outer = chunksOf(inner);
    outer.forEach(take);
    expect(stats).toMatchObject({
      read: 0,
      rejected: 1,
      refused: { 'bad-chunk': 1 },
      chunks: { ...NOTHING, joined: outer.length, messages: 1 },
    });
  });

  it('are no HTTP body', async () => {
    const { intake } = createTestIntake();
    expect(await intake.accept(chunksOf(datagram('a', 0, 1), 100_000)[0]!, 'http')).toEqual({ rejected: 'not-json' });
  });

  it('that still wait when the receiver closes are counted', () => {
    const { take, stats, intake } = createTestIntake();
    take(chunksOf(datagram('a', 0, 3))[0]!);
    void intake.close();
    expect(stats).toMatchObject({ refused: { 'chunk-incomplete': 1 }, chunks: { ...NOTHING, incomplete: 1 } });
  });
});
