import { codeOf } from '../errors.ts';
import { endOf, type Segment } from '../journal/segment.ts';
import type { SegmentQueue } from '../journal/segment-queue.ts';
import type { ReceivedMessage } from '../received-message.ts';
import { openSegmentReader, type SegmentReader } from './segment-reader.ts';
import type { Slice } from './slice.ts';

export type Reading =
  /** The messages from the offset on that was asked for, up to `end`. */
  | { readonly slice: Slice; readonly messages: readonly ReceivedMessage[]; readonly end: number }
  /** The journal has no messages before this offset any more, or never had them. */
  | { readonly goneUntil: number };

/** Reads the journal's closed segments; quick when each call goes on where the last one ended. */
export interface JournalReader {
  /** The next piece from this offset on; undefined while no closed segment holds it. Rejects if the disk fails. One call at a time. */
  read(from: number): Promise<Reading | undefined>;
}

export function createJournalReader(queue: Pick<SegmentQueue, 'after'>): JournalReader {
  let open: SegmentReader | undefined;

  async function openAt(segment: Segment, from: number): Promise<SegmentReader | undefined> {
    try {
      return await openSegmentReader(segment, from);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  return {
    async read(from) {
      if (open?.offset !== from) {
        const segment = queue.after(from);
        if (segment === undefined) return undefined;
        if (segment.first > from) return { goneUntil: segment.first };
        open = await openAt(segment, from);
        if (open === undefined) return { goneUntil: endOf(segment) };
      }
      const { segment } = open;
      const reading = open.read();
      // Let go at its end: it is some megabytes. One that is shorter than the journal counted has lost its end.
      if (reading === undefined || open.offset >= endOf(segment)) open = undefined;
      if (reading === undefined) return { goneUntil: endOf(segment) };
      return { slice: reading.slice, messages: reading.messages, end: reading.end.offset };
    },
  };
}
