import type { Clock } from '../../core/platform.ts';
import { messageOf } from '../../core/text-of.ts';
import { codeOf } from '../errors.ts';
import { endOf, type Segment } from '../journal/segment.ts';
import type { SegmentQueue } from '../journal/segment-queue.ts';
import type { ReceivedMessage } from '../received-message.ts';
import { openSegmentReader, type SegmentReader } from './segment-reader.ts';
import type { Slice } from './slice.ts';

export type Reading =
  /** The messages from the offset on that was asked for, up to `end`. */
  { readonly slice: Slice; readonly messages: readonly ReceivedMessage[]; readonly end: number } | Gone;

/** The journal has no messages before this offset any more, or never had them. */
export interface Gone {
  readonly goneUntil: number;
  /** Why they are lost, if the journal should have them. */
  readonly trouble?: string;
}

/** Reads the journal's closed segments; quick when each call goes on where the last one ended. */
export interface JournalReader {
  /**
   * The next piece from this offset on; undefined while no closed segment holds it. Rejects if the disk fails; a segment at which it goes on
   * failing is given up in the end. One call at a time.
   */
  read(from: number): Promise<Reading | undefined>;
}

export interface JournalReaderDeps {
  readonly queue: Pick<SegmentQueue, 'after'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** A segment is given up after so many tries, over so many milliseconds: what ails the whole disk may pass. */
const GIVE_UP_TRIES = 5;
const GIVE_UP_MS = 30_000;

export function createJournalReader({ queue, clock }: JournalReaderDeps): JournalReader {
  let open: SegmentReader | undefined;
  let failing: { readonly segment: Segment; readonly sinceMs: number; tries: number } | undefined;

  /** Notes that the segment could not be read. */
  function isHopeless(segment: Segment): boolean {
    if (failing?.segment !== segment) failing = { segment, sinceMs: clock.monotonic(), tries: 0 };
    failing.tries++;
    return failing.tries >= GIVE_UP_TRIES && clock.monotonic() - failing.sinceMs >= GIVE_UP_MS;
  }

  return {
    async read(from) {
      if (open?.offset !== from) {
        const segment = queue.after(from);
        if (segment === undefined) return undefined;
        if (segment.first > from) return { goneUntil: segment.first };
        try {
          open = await openSegmentReader(segment, from);
        } catch (error) {
          if (codeOf(error) !== 'ENOENT' && !isHopeless(segment)) throw error;
          return { goneUntil: endOf(segment), trouble: `${segment.path} cannot be read: ${messageOf(error)}` };
        }
        failing = undefined;
      }
      const { segment } = open;
      const reading = open.read();
      // Let go at its end: it is some megabytes. One that is shorter than the journal counted has lost its end.
      if (reading === undefined || open.offset >= endOf(segment)) open = undefined;
      if (reading === undefined) return { goneUntil: endOf(segment), trouble: `${segment.path} has lost its end` };
      return { slice: reading.slice, messages: reading.messages, end: reading.end.offset };
    },
  };
}
