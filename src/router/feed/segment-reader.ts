import { readFile } from 'node:fs/promises';
import { codeOf } from '../errors.ts';
import type { Segment } from '../journal/segment.ts';
import { setAsidePath } from '../journal/set-aside.ts';
import { placeAt, skipTo, type Place } from './place.ts';
import { decodeSlice, type DecodedSlice, type Slice } from './slice.ts';

/** Reads a closed segment from front to back; holds it in memory meanwhile. */
export interface SegmentReader {
  readonly segment: Segment;
  /** Offset of the next message that it will read. */
  readonly offset: number;
  /** The next piece; undefined at the end. */
  read(): (DecodedSlice & { readonly slice: Slice }) | undefined;
}

/** Text that is decoded at a time: about a third of a millisecond, so that others get their turn. */
const PIECE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Opens the segment, or what was set aside of it, at the offset. Rejects if neither can be read. */
export async function openSegmentReader(segment: Segment, from: number): Promise<SegmentReader> {
  // What may stand behind its end is a write that failed and could not be cut off: no message of the journal's.
  const text = (await readText(segment.path)).subarray(0, segment.bytes);
  const skipped = skipTo(text, placeAt(segment.first), Math.max(from, segment.first));
  let place: Place = skipped.place;
  let { at } = skipped;
  return {
    segment,
    get offset() {
      return place.offset;
    },
    read() {
      if (at >= text.length) return undefined;
      const newline = text.indexOf(NEWLINE, at + PIECE_BYTES);
      const end = newline === -1 ? text.length : newline + 1;
      const slice = { start: place, bytes: text.subarray(at, end) };
      const decoded = decodeSlice(slice);
      at = end;
      place = decoded.end;
      return { slice, ...decoded };
    },
  };
}

async function readText(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return readFile(setAsidePath(path));
  }
}
