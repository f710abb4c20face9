import type { Clock } from '../../core/platform.ts';
import { messageOf } from '../../core/text-of.ts';
import type { ReceivedMessage } from '../received-message.ts';
import type { Epochs } from './epochs.ts';
import type { JournalReader } from './journal-reader.ts';
import { createTrackBook, type TrackBook } from './track-book.ts';
import { createPieces } from './pieces.ts';
import { decodeSlice, type Slice } from './slice.ts';
import type { Batch, SinkSource } from '../delivery/source.ts';
import { createUnsettled } from './unsettled.ts';

/** A piece of the journal, as the feed has routed it. */
export interface Routed {
  /** Offset of its first message. */
  readonly first: number;
  /** Offset behind its last. */
  readonly end: number;
  /** What a message of it weighs, on average. */
  readonly messageBytes: number;
}

/** One sink's way through the journal: with the feed while it keeps up, else by itself. */
export interface Track {
  readonly name: string;
  /** Its messages have at least this offset. */
  readonly start: number;
  readonly book: TrackBook;
  /** The feed has routed a piece, the one behind the last; these of its messages are for this sink. */
  arrive(routed: Routed, messages: readonly ReceivedMessage[]): void;
  /** There may be something to read where there was nothing. */
  wake(): void;
  /** The journal up to `end` is gone; returns how many messages that the sink had not taken went with it. */
  lose(end: number): number;
  /** A source for a runner; it begins with what an earlier one took and did not settle. That one is cut off. */
  attach(): TrackSource;
  /** Offset before which everything is settled. */
  readonly settled: number;
  /** Messages that come again, as the runner that took them did not settle them. */
  readonly againCount: number;
  /** Messages that were lost. */
  readonly lostCount: number;
  /** When the oldest message came that is not settled; undefined if there is none. */
  readonly oldestMs: number | undefined;
}

export interface TrackSource extends SinkSource {
  /** Gives nothing any more. */
  end(): void;
}

export interface TrackOptions {
  readonly name: string;
  /** Its first message has at least this offset. */
  readonly start: number;
}

export interface TrackDeps {
  readonly clock: Pick<Clock, 'after' | 'now'>;
  readonly epochs: Epochs;
  readonly reader: JournalReader;
  /** How far the feed is, and what of that is in memory. */
  readonly feed: { readonly end: number; sliceAt(offset: number): Slice | undefined };
  /** Lets others have their turn. */
  rest(): Promise<void>;
  /** `settled` may have grown. */
  onMoved(): void;
  onTrouble(text: string): void;
}

/** Journal text that waits decoded for a sink. Past it the track lets the feed pass, and reads by itself once the sink asks. */
const MAX_AHEAD_BYTES = 2 * 1024 * 1024;
/** Pieces that are looked at to fill a batch that has something in it already. */
const MAX_LOOKS = 8;
/** Pause after a failed read, in milliseconds. */
const READ_AGAIN_MS = 1_000;

export function createTrack({ name, start }: TrackOptions, deps: TrackDeps): Track {
  const { clock, epochs, feed } = deps;
  const book = createTrackBook();
  const ahead = createPieces();
  const unsettled = createUnsettled();
  let again: ReceivedMessage[] = [];
  let end = start; // of what was looked at for the sink: it is in `ahead`, or was taken, or is for others
  let lostCount = 0;
  let filling: Promise<boolean> | undefined;
  let current: object | undefined;
  let onReady: (() => void) | undefined;

  function wake(): void {
    const listener = onReady;
    onReady = undefined;
    listener?.();
  }

  async function next(maxMessages: number, isOver: () => boolean): Promise<Batch | undefined> {
    for (let looks = 0; !isOver(); looks++) {
      const isEnough = again.length > 0 || ahead.count >= maxMessages || (ahead.count > 0 && looks >= MAX_LOOKS);
      if (!isEnough && end < feed.end) {
        filling ??= fill().finally(() => (filling = undefined));
        if (await filling) continue;
        if (isOver()) return undefined;
      }
      const batch = take(maxMessages);
      if (batch !== undefined) unsettled.add(batch.messages);
      return batch;
    }
    return undefined;
  }

  function take(maxMessages: number): Batch | undefined {
    if (again.length > 0) {
      const messages = again.splice(0, maxMessages);
      return { messages, end: again[0]?.offset ?? ahead.first ?? end };
    }
    const messages = ahead.take(maxMessages);
    if (messages.length === 0) return undefined;
    book.take(messages);
    return { messages, end: ahead.first ?? end };
  }

  /** Looks at a piece more, from memory or from the disk; false while there is none. */
  async function fill(): Promise<boolean> {
    const from = end;
    const slice = feed.sliceAt(from);
    try {
      const reading = slice === undefined ? await deps.reader.read(from) : read(slice);
      if (end !== from) return true; // lost meanwhile
      if (reading === undefined) return false;
      if ('goneUntil' in reading) {
        const lost = lose(Math.min(reading.goneUntil, feed.end)); // the feed may have heard the rest of it
        // Without any, nothing was for the sink, or who was to route or to count them has told.
        if (reading.trouble !== undefined && lost > 0) {
          deps.onTrouble(`${reading.trouble}; ${lost} messages are lost for the sink ${name}`);
        }
      } else {
        ahead.add(own(reading.messages), reading.slice.bytes.length);
        end = reading.end;
        deps.onMoved();
      }
    } catch (error) {
      deps.onTrouble(`the journal cannot be read for the sink ${name}, and is tried again: ${messageOf(error)}`);
      clock.after(READ_AGAIN_MS, wake);
      return false;
    }
    await deps.rest();
    return true;
  }

  function read(slice: Slice): { slice: Slice; messages: readonly ReceivedMessage[]; end: number } {
    const decoded = decodeSlice(slice);
    return { slice, messages: decoded.messages, end: decoded.end.offset };
  }

  /** The track's of these messages. */
  function own(messages: readonly ReceivedMessage[]): ReceivedMessage[] {
    let { until, routing } = epochs.at(end);
    let index = routing.sinks.indexOf(name);
    return messages.filter((message) => {
      if (message.offset < end) return false;
      if (message.offset >= until) {
        ({ until, routing } = epochs.at(message.offset));
        index = routing.sinks.indexOf(name);
      }
      return index !== -1 && routing.targets(message).includes(index);
    });
  }

  function lose(to: number): number {
    if (to <= end && (ahead.first ?? end) >= to) return 0;
    ahead.dropBefore(to);
    end = Math.max(end, to);
    const lost = book.lose(to);
    lostCount += lost;
    deps.onMoved();
    return lost;
  }

  return {
    name,
    start,
    book,
    arrive(routed, messages) {
      if (routed.end <= start) return;
      const mine = routed.first >= start ? messages : messages.filter(({ offset }) => offset >= start);
      book.add(routed.end, mine.length, clock.now());
      if (end >= routed.first && end < routed.end && ahead.byteLength < MAX_AHEAD_BYTES) {
        ahead.add(mine, mine.length * routed.messageBytes);
        end = routed.end;
        deps.onMoved();
      }
      if (mine.length > 0) wake();
    },
    wake,
    lose,
    attach() {
      const self = {};
      let isOver = false;
      const hasEnded = (): boolean => isOver || current !== self;
      again = [...unsettled.giveBack(), ...again];
      current = self;
      onReady = undefined;
      return {
        next: ({ maxMessages }) => next(maxMessages, hasEnded),
        onReady(listener) {
          if (!hasEnded()) onReady = listener;
        },
        settle(to) {
          if (current !== self) return;
          unsettled.settle(to);
          deps.onMoved();
        },
        end: () => void (isOver = true),
      };
    },
    get settled() {
      return unsettled.first?.offset ?? again[0]?.offset ?? ahead.first ?? end;
    },
    get againCount() {
      return again.length;
    },
    get lostCount() {
      return lostCount;
    },
    get oldestMs() {
      const first = unsettled.first ?? again[0];
      return first === undefined ? book.oldestMs : Date.parse(first.received);
    },
  };
}
