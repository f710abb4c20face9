import type { Slice } from './slice.ts';

/** The newest pieces of the journal, as text. */
export interface Window {
  /** Adds the piece that follows the last; the oldest go when it becomes too large. */
  add(slice: Slice, end: number): void;
  /** The piece that holds the message of this offset. */
  readonly at: (offset: number) => Slice | undefined;
}

export function createWindow(maxBytes: number): Window {
  const pieces: { readonly slice: Slice; readonly end: number }[] = [];
  let bytes = 0;
  return {
    add(slice, end) {
      pieces.push({ slice, end });
      bytes += slice.bytes.length;
      while (bytes > maxBytes && pieces.length > 1) bytes -= pieces.shift()?.slice.bytes.length ?? 0;
    },
    at(offset) {
      let low = 0;
      let high = pieces.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((pieces[middle]?.end ?? 0) <= offset) low = middle + 1;
        else high = middle;
      }
      const slice = pieces[low]?.slice;
      return slice !== undefined && slice.start.offset <= offset ? slice : undefined;
    },
  };
}
