import { unlink } from 'node:fs/promises';
import type { Clock } from '../../core/platform.ts';
import { messageOf } from '../../core/text-of.ts';
import { codeOf } from '../errors.ts';
import type { Cursor } from './cursor.ts';
import { endOf, type Segment } from './segment.ts';
import type { SetAside, SetAsideStats } from './set-aside.ts';

/** Someone who reads the journal, one closed segment after the other. */
export interface Consumer {
  /** The first segment that it has not passed. */
  next(): Segment | undefined;
  /** The newest segment, if it lies behind this one. */
  newestAfter(segment: Segment): Segment | undefined;
  /** Runs the task on the segment, which does not expire meanwhile. */
  read<T>(segment: Segment, task: (segment: Segment) => Promise<T>): Promise<T>;
  /** Moves the cursor behind the segment; resolves once that is on disk and the segment, if everyone has passed it, is deleted. */
  pass(segment: Segment): Promise<void>;
  /** Sets a segment that cannot be read aside, for every consumer, and passes it. */
  setAside(segment: Segment): Promise<void>;
  /** Messages in closed segments that it has not passed. */
  readonly waiting: number;
  /** Messages that were deleted before it had read them, since the start. */
  readonly expired: number;
  /** Offset of the first message that it has not passed. */
  readonly offset: number;
}

/** Someone who reads the journal in an order of his own. */
export interface Reader {
  /** The journal may forget what is before it, whatever happens to this process. */
  readonly offset: number;
  /** Whether the segment must stay for now, however large the journal is. */
  holds(segment: Segment): boolean;
  /** The segment is deleted before it was passed: returns how many of its messages are lost with it. */
  expire(segment: Segment): number;
}

/** The closed segments of the journal and how far each of its readers is. */
export interface SegmentQueue {
  /** Adds a closed segment; the oldest go if the journal has become too large. */
  add(segment: Segment): void;
  /** Keeps segments for one reader more, from now on. */
  join(reader: Reader): void;
  /** The first segment that ends behind the offset. */
  after(offset: number): Segment | undefined;
  /** Deletes what everyone has passed by now, and what makes the journal too large. */
  tidy(): void;
  readonly segments: number;
  readonly bytes: number;
  readonly setAside: SetAsideStats;
  /** Resolves once every deletion under way is done. */
  idle(): Promise<void>;
}

export interface SegmentQueueOptions {
  /** Size of what was set aside and of the closed segments past which the oldest of these are deleted, read or not, in this order. */
  readonly maxBytes: number;
}

export interface SegmentQueueDeps {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly setAside: SetAside;
  onAdded(): void;
  onTrouble(text: string): void;
}

/** Losing a segment a second is said once a minute. */
const TELL_AGAIN_MS = 60_000;

/** Keeps a segment until each of the cursors' consumers has passed it. The consumers come back in the order of `cursors`. */
export function createSegmentQueue(
  options: SegmentQueueOptions,
  cursors: readonly Cursor[],
  deps: SegmentQueueDeps,
): { readonly queue: SegmentQueue; readonly consumers: readonly Consumer[] } {
  const kept: Segment[] = [];
  const expired = cursors.map(() => 0);
  const deletions = new Set<Promise<void>>();
  let bytes = 0;

  const reading: Segment[] = [];
  const readers: Reader[] = [];
  let lostCount = 0;
  let toldAtMs = Number.NEGATIVE_INFINITY;

  /** By halves: a reader that is down for a day leaves tens of thousands of segments to the others. */
  function after(offset: number): Segment | undefined {
    let low = 0;
    let high = kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const segment = kept[middle];
      if (segment !== undefined && endOf(segment) <= offset) low = middle + 1;
      else high = middle;
    }
    return kept[low];
  }

  function remove(segment: Segment): void {
    kept.splice(kept.indexOf(segment), 1);
    bytes -= segment.bytes;
    const deletion = unlink(segment.path)
      .catch((error: unknown) => {
        // Gone already is as good; otherwise the next start deletes it, as every cursor is past it.
        if (codeOf(error) !== 'ENOENT') deps.onTrouble(`${segment.path} cannot be deleted: ${messageOf(error)}`);
      })
      .finally(() => deletions.delete(deletion));
    deletions.add(deletion);
  }

  function removePassed(): void {
    const passedBy = Math.min(...[...cursors, ...readers].map(({ offset }) => offset));
    for (let oldest = kept[0]; oldest !== undefined && endOf(oldest) <= passedBy; oldest = kept[0]) remove(oldest);
  }

  function expire(segment: Segment): void {
    const unread = cursors.map(({ offset }) => Math.max(0, endOf(segment) - Math.max(segment.first, offset)));
    unread.forEach((count, i) => (expired[i] = (expired[i] ?? 0) + count));
    lostCount += Math.max(...unread, ...readers.map((reader) => reader.expire(segment)));
    remove(segment);
  }

  function shrink(): void {
    const { maxBytes } = options;
    deps.setAside.shrinkTo(maxBytes - bytes);
    // The newest stays: deleting what has just come would keep nothing.
    for (const segment of bytes > maxBytes ? kept.slice(0, -1) : []) {
      if (bytes <= maxBytes) break;
      if (!reading.includes(segment) && !readers.some((reader) => reader.holds(segment))) expire(segment);
    }
    const nowMs = deps.clock.monotonic();
    if (lostCount === 0 || nowMs - toldAtMs < TELL_AGAIN_MS) return;
    deps.onTrouble(
      `the journal is larger than ${maxBytes} bytes; its oldest ${lostCount} messages were deleted before they were read`,
    );
    toldAtMs = nowMs;
    lostCount = 0;
  }

  const queue: SegmentQueue = {
    add(segment) {
      kept.push(segment);
      bytes += segment.bytes;
      removePassed();
      shrink();
      deps.onAdded();
    },
    join: (reader) => void readers.push(reader),
    after,
    tidy() {
      removePassed();
      shrink();
    },
    get segments() {
      return kept.length;
    },
    get bytes() {
      return bytes;
    },
    get setAside() {
      return deps.setAside.stats();
    },
    async idle() {
      await Promise.all(deletions);
    },
  };

  const consumers = cursors.map((cursor, i): Consumer => {
    async function pass(segment: Segment): Promise<void> {
      if (endOf(segment) > cursor.offset) await cursor.move(endOf(segment));
      removePassed();
    }
    return {
      next: () => after(cursor.offset),
      newestAfter(segment) {
        const newest = kept.at(-1);
        return newest === segment ? undefined : newest;
      },
      async read(segment, task) {
        reading.push(segment);
        try {
          return await task(segment);
        } finally {
          reading.splice(reading.indexOf(segment), 1);
        }
      },
      pass,
      async setAside(segment) {
        await deps.setAside.add(segment);
        await pass(segment);
      },
      get waiting() {
        return kept.reduce(
          (sum, segment) => sum + Math.max(0, endOf(segment) - Math.max(segment.first, cursor.offset)),
          0,
        );
      },
      get expired() {
        return expired[i] ?? 0;
      },
      get offset() {
        return cursor.offset;
      },
    };
  });
  return { queue, consumers };
}
