import type { Place } from './place.ts';
import type { Slice } from './slice.ts';

/** The newest pieces of the journal, as text. */
export interface Window {
  /** Adds a copy of the piece that follows the last; the oldest make room for it. */
  add(slice: Slice, end: number): void;
  /** The piece that holds the message of this offset; its bytes are good until the next `add`. */
  readonly at: (offset: number) => Slice | undefined;
}

interface Piece {
  readonly start: Place;
  readonly end: number;
  readonly at: number;
  readonly byteLength: number;
}

/**
 * One block of memory, filled in turns. Pieces that were kept as they came would each outlive their youth, and be freed only by the collections
 * of everything, which come the more often the more such memory there is.
 */
export function createWindow(maxBytes: number): Window {
  const pieces: Piece[] = [];
  let memory: Buffer | undefined;
  let next = 0; // where the next piece goes, unless the rest is too short for it

  /** Forgets what lies where the piece goes, and what the turn leaves behind. */
  function makeRoom(at: number, byteLength: number): void {
    for (let oldest = pieces[0]; oldest !== undefined; oldest = pieces[0]) {
      const isLeftBehind = at < next && oldest.at >= next;
      if (!isLeftBehind && (oldest.at >= at + byteLength || oldest.at + oldest.byteLength <= at)) return;
      pieces.shift();
    }
  }

  return {
    add({ start, bytes }, end) {
      const byteLength = bytes.length;
      if (byteLength > maxBytes) return;
      memory ??= Buffer.allocUnsafeSlow(maxBytes);
      const at = next + byteLength <= maxBytes ? next : 0;
      makeRoom(at, byteLength);
      memory.set(bytes, at);
      pieces.push({ start, end, at, byteLength });
      next = at + byteLength;
    },
    at(offset) {
      let low = 0;
      let high = pieces.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((pieces[middle]?.end ?? 0) <= offset) low = middle + 1;
        else high = middle;
      }
      const piece = pieces[low];
      if (piece === undefined || memory === undefined || piece.start.offset > offset) return undefined;
      return { start: piece.start, bytes: memory.subarray(piece.at, piece.at + piece.byteLength) };
    },
  };
}
