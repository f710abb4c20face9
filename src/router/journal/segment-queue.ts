import { unlink } from 'node:fs/promises';
import { codeOf, textOf } from '../errors.ts';
import type { Cursor } from './cursor.ts';
import type { Segment } from './segment.ts';

/** Someone who reads the journal, one closed segment after the other. */
export interface Consumer {
  /** The first segment that it has not passed. */
  next(): Segment | undefined;
  /** The segment behind this one. */
  after(segment: Segment): Segment | undefined;
  /** Moves the cursor behind the segment; resolves once that is on disk and the segment, if everyone has passed it, is deleted. */
  pass(segment: Segment): Promise<void>;
  /** Messages in closed segments that it has not passed. */
  readonly waiting: number;
  /** Messages that were deleted before it had read them, since the start. */
  readonly expired: number;
  /** Offset of the first message that it has not passed. */
  readonly offset: number;
}

/** The closed segments of the journal and how far each of its readers is. */
export interface SegmentQueue {
  /** Adds a closed segment; the oldest go if the journal has become too large. */
  add(segment: Segment): void;
  readonly segments: number;
  readonly bytes: number;
  /** Resolves once every deletion under way is done. */
  idle(): Promise<void>;
}

export interface SegmentQueueOptions {
  /** Size of the closed segments past which the oldest are deleted, read or not. */
  readonly maxBytes: number;
}

export interface SegmentQueueDeps {
  onAdded(): void;
  onTrouble(text: string): void;
}

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

  const endOf = (segment: Segment): number => segment.first + segment.count;

  function removeOldest(): void {
    const segment = kept.shift();
    if (segment === undefined) return;
    bytes -= segment.bytes;
    const deletion = unlink(segment.path)
      .catch((error: unknown) => {
        // Gone already is as good; otherwise the next start deletes it, as every cursor is past it.
        if (codeOf(error) !== 'ENOENT') deps.onTrouble(`${segment.path} cannot be deleted: ${textOf(error)}`);
      })
      .finally(() => deletions.delete(deletion));
    deletions.add(deletion);
  }

  function removePassed(): void {
    const passedBy = Math.min(...cursors.map(({ offset }) => offset));
    for (let oldest = kept[0]; oldest !== undefined && endOf(oldest) <= passedBy; oldest = kept[0]) removeOldest();
  }

  function expireOldest(segment: Segment): void {
    cursors.forEach((cursor, i) => {
      const unread = endOf(segment) - Math.max(segment.first, cursor.offset);
      if (unread > 0) expired[i] = (expired[i] ?? 0) + unread;
    });
    deps.onTrouble(`the journal is larger than ${options.maxBytes} bytes; its oldest messages are deleted`);
    removeOldest();
  }

  const queue: SegmentQueue = {
    add(segment) {
      kept.push(segment);
      bytes += segment.bytes;
      removePassed();
      // The newest stays: deleting what has just come would keep nothing.
      for (
        let oldest = kept[0];
        oldest !== undefined && bytes > options.maxBytes && kept.length > 1;
        oldest = kept[0]
      ) {
        expireOldest(oldest);
      }
      deps.onAdded();
    },
    get segments() {
      return kept.length;
    },
    get bytes() {
      return bytes;
    },
    async idle() {
      await Promise.all(deletions);
    },
  };

  const consumers = cursors.map((cursor, i): Consumer => {
    const next = (): Segment | undefined => kept.find((segment) => endOf(segment) > cursor.offset);
    return {
      next,
      after: (segment) => kept.find(({ first }) => first > segment.first),
      async pass(segment) {
        if (endOf(segment) > cursor.offset) await cursor.move(endOf(segment));
        removePassed();
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
