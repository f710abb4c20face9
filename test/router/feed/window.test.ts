import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../src/router/feed/place.ts';
import { createWindow } from '../../../src/router/feed/window.ts';

const MAX_BYTES = 100;

/** A piece of `byteLength` bytes, all of them the piece's number. */
const piece = (number: number, byteLength: number): { first: number; end: number; bytes: Uint8Array } => ({
  first: number * 10,
  end: number * 10 + 10,
  bytes: new Uint8Array(byteLength).fill(number),
});

describe('createWindow', () => {
  it('gives the piece that holds an offset, as it was added', () => {
    const window = createWindow(MAX_BYTES);
    const { bytes } = piece(1, 30);
    window.add({ start: placeAt(10), bytes }, 20);
    bytes.fill(0); // whoever added it may use its memory again
    for (const offset of [10, 15, 19]) {
      const slice = window.at(offset);
      expect(slice?.start).toEqual(placeAt(10));
      expect([...(slice?.bytes ?? [])]).toEqual([...piece(1, 30).bytes]);
    }
    expect(window.at(9)).toBeUndefined();
    expect(window.at(20)).toBeUndefined();
  });

  it('has nothing of a piece that is larger than itself, and goes on behind it', () => {
    const window = createWindow(MAX_BYTES);
    window.add({ start: placeAt(0), bytes: new Uint8Array(MAX_BYTES + 1) }, 10);
    window.add({ start: placeAt(10), bytes: piece(1, MAX_BYTES).bytes }, 20);
    expect(window.at(5)).toBeUndefined();
    expect(window.at(12)?.bytes).toHaveLength(MAX_BYTES);
  });

  it('never gives a piece that another one lies over, and keeps the newest, whatever their sizes', () => {
    const sizes = [30, 30, 30, 30, 1, 99, 100, 50, 50, 1, 49, 51, 60, 40, 40, 20, 100, 3, 97, 4, 33, 33, 33, 33];
    const window = createWindow(MAX_BYTES);
    sizes.forEach((size, newest) => {
      const { first, end, bytes } = piece(newest, size);
      window.add({ start: placeAt(first), bytes }, end);
      let isKept = true;
      for (let older = newest; older >= 0; older--) {
        const slice = window.at(older * 10);
        if (slice === undefined) isKept = false;
        else {
          expect(isKept).toBe(true); // no gap
          expect([...slice.bytes]).toEqual([...piece(older, sizes[older] ?? 0).bytes]);
        }
      }
      expect(window.at(first)).toBeDefined();
    });
  });
});
