import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_HEADER_BYTES, isChunk, MAX_CHUNKS, readChunk, splitIntoChunks } from '../../src/core/chunks.ts';

const ID = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 255);

describe('splitIntoChunks', () => {
  it('begins each chunk with 0x1E 0x4D, id, index and count', () => {
    const chunks = splitIntoChunks(
      Uint8Array.from({ length: 700 * 3 + 1 }, (_, i) => i),
      ID,
      700 + CHUNK_HEADER_BYTES,
    );
    expect(chunks.map(({ length }) => length)).toEqual([714, 714, 714, 15]);
    expect([...chunks[2]!.subarray(0, 15)]).toEqual([0x1e, 0x4d, ...ID, 0, 2, 0, 4, 1400 % 256]);
  });

  it('writes what readChunk reads, and loses no byte', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 3_000 }),
        fc.integer({ min: 18, max: 600 }),
        (bytes, size) => {
          const chunks = splitIntoChunks(bytes, ID, size);
          const parts = chunks.map((chunk) => {
            expect(isChunk(chunk)).toBe(true);
            expect(chunk.length).toBeLessThanOrEqual(size);
            return readChunk(Buffer.concat([Buffer.alloc(3), chunk]).subarray(3))!; // wherever in memory it lies
          });
          expect(parts.map(({ index, count, id }) => [index, count, id])).toEqual(
            parts.map((_, index) => [index, chunks.length, String.fromCharCode(...ID)]),
          );
          expect(Buffer.concat(parts.map(({ data }) => data)).equals(bytes)).toBe(true);
        },
      ),
    );
  });
});

describe('readChunk', () => {
  const chunk = (index: number, count: number, data = [7]): Uint8Array =>
    Uint8Array.of(0x1e, 0x4d, ...ID, index >> 8, index & 255, count >> 8, count & 255, ...data);

  it.each<[string, Uint8Array]>([
    ['without a byte of the message', chunk(0, 1, [])],
    ['that is cut off in its header', chunk(0, 1).subarray(0, 10)],
    ['of a message of none', chunk(0, 0)],
    ['past the last', chunk(3, 3)],
    ['of too many', chunk(0, MAX_CHUNKS + 1)],
    ['of as many as two bytes can say', chunk(65_534, 65_535)],
  ])('refuses a chunk %s', (_, bytes) => {
    expect(isChunk(bytes)).toBe(true);
    expect(readChunk(bytes)).toBeNull();
  });

  it('takes the last of as many as there may be', () => {
    expect(readChunk(chunk(MAX_CHUNKS - 1, MAX_CHUNKS))).toMatchObject({ index: MAX_CHUNKS - 1, count: MAX_CHUNKS });
  });
});

describe('isChunk', () => {
  it.each(['', '{', '\x1e', '\x1e{', '[', 'M\x1e'])('knows text: %j', (text) => {
    expect(isChunk(Buffer.from(text))).toBe(false);
  });
});
