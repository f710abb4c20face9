import type { Clock } from '../../core/platform.ts';
import { messageOf } from '../../core/text-of.ts';
import { endOf, type Segment } from '../journal/segment.ts';
import type { Written } from '../journal/written.ts';
import type { ReceivedMessage } from '../received-message.ts';
import type { Epochs } from './epochs.ts';
import type { Gone, JournalReader, Reading } from './journal-reader.ts';
import type { Track } from './track.ts';
import { decodeSlice, sliceOf, type Slice } from './slice.ts';
import { createWindow } from './window.ts';

/**
 * Routes the journal once for all sinks, in order and without a gap: as it is written, and what it could not hear of in time from the disk,
 * when its segment is closed.
 */
export interface Feed {
  /** Begins at this offset. What was pushed before waits until then. */
  start(offset: number): void;
  /** Routes nothing more until the next start. */
  stop(): void;
  push(written: Written): void;
  /** A segment is closed. In order. */
  close(segment: Segment): void;
  join(track: Track): void;
  leave(track: Track): void;
  /** Everything before it is routed. */
  readonly end: number;
  /** Everything before it was pushed or lies in a closed segment: routes that change now, change here. */
  readonly heardEnd: number;
  /** The piece that holds the message of this offset, if it is in memory. */
  sliceAt(offset: number): Slice | undefined;
  /** Messages that no route took. */
  readonly unmatchedCount: number;
  /** Messages that no sink can have, as the journal is damaged where they lie. */
  readonly unreadCount: number;
  /** Resolves once everything before the offset is routed. */
  reach(offset: number): Promise<void>;
}

export interface FeedOptions {
  /** Routed text that is kept for sinks that are about to catch up; at least a segment and what comes while it is read. */
  readonly windowBytes: number;
}

export interface FeedDeps {
  readonly clock: Pick<Clock, 'after'>;
  readonly epochs: Epochs;
  readonly reader: JournalReader;
  /** Lets others have their turn. */
  rest(): Promise<void>;
  onTrouble(text: string): void;
}

/** What waits to be routed; past it pieces are left to be read from the disk. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** Pause after a failed read, in milliseconds. */
const READ_AGAIN_MS = 1_000;

export function createFeed({ windowBytes }: FeedOptions, deps: FeedDeps): Feed {
  const { epochs, reader } = deps;
  const tracks = new Map<string, Track>();
  const window = createWindow(windowBytes);
  const waiting: { readonly slice: Slice; readonly end: number }[] = [];
  const closedEnds: number[] = []; // of segments that are not routed to their end
  let waitingBytes = 0;
  let end = 0;
  let heardEnd = 0;
  let unmatchedCount = 0;
  let unreadCount = 0;
  let hasStarted = false;
  let isRunning = false;
  let newsCount = 0; // grows when there may be more to route
  let isPausing = false; // after a failed read
  let waiters: { readonly offset: number; readonly resolve: () => void }[] = [];

  function run(): void {
    newsCount++;
    if (!hasStarted || isRunning) return;
    isRunning = true;
    void routeAll();
  }

  /** Routes what can be had. The first piece at once: as a rule it is the only one. */
  async function routeAll(): Promise<void> {
    for (let isFirst = true; hasStarted && (waiting.length > 0 || end < heardEnd); isFirst = false) {
      if (!isFirst) await deps.rest();
      const before = newsCount;
      const from = end;
      const reading = nextLive() ?? (await readMissing());
      if (end !== from) continue; // it was stopped and started elsewhere meanwhile
      if (reading === undefined) {
        if (newsCount === before) break;
      } else if ('goneUntil' in reading) passOver(reading);
      else route(reading.slice, reading.messages, reading.end);
    }
    isRunning = false; // here, as what comes between this and the caller's turn must be noticed
  }

  function nextLive(): Exclude<Reading, Gone> | undefined {
    for (let head = waiting[0]; head !== undefined && head.slice.start.offset <= end; head = waiting[0]) {
      waiting.shift();
      waitingBytes -= head.slice.bytes.length;
      if (head.end > end) return { slice: head.slice, messages: decodeSlice(head.slice).messages, end: head.end };
    }
    return undefined;
  }

  async function readMissing(): Promise<Reading | undefined> {
    if (end >= heardEnd || isPausing) return undefined;
    try {
      return await reader.read(end);
    } catch (error) {
      deps.onTrouble(`the journal cannot be read, and is tried again: ${messageOf(error)}`);
      isPausing = true;
      deps.clock.after(READ_AGAIN_MS, () => {
        isPausing = false;
        run();
      });
      return undefined;
    }
  }

  function route(slice: Slice, messages: readonly ReceivedMessage[], to: number): void {
    const first = end;
    unreadCount += to - first; // less those that are met below
    const found = new Map<string, ReceivedMessage[]>([...tracks.keys()].map((name) => [name, []]));
    let until = Number.NEGATIVE_INFINITY;
    let { routing } = epochs.at(first);
    let targets: (ReceivedMessage[] | undefined)[] = [];
    for (const message of messages) {
      if (message.offset < first) continue;
      unreadCount--;
      if (message.offset >= until) {
        ({ routing, until } = epochs.at(message.offset));
        targets = routing.sinks.map((name) => found.get(name));
      }
      const indices = routing.targets(message);
      if (indices.length === 0) unmatchedCount++;
      for (const index of indices) targets[index]?.push(message);
    }
    const messageBytes = slice.bytes.length / Math.max(1, messages.length);
    // Moved first: a track that is told of the piece may ask for it.
    window.add(slice, to);
    end = to;
    for (const track of tracks.values()) track.arrive({ first, end: to, messageBytes }, found.get(track.name) ?? []);
    settle();
  }

  function passOver({ goneUntil, trouble }: Gone): void {
    const first = end;
    // What was heard of it is routed all the same.
    end = Math.max(end, Math.min(goneUntil, waiting[0]?.slice.start.offset ?? goneUntil));
    if (trouble !== undefined) {
      unreadCount += end - first;
      deps.onTrouble(`${trouble}; ${end - first} messages are not routed`);
    }
    for (const track of tracks.values()) {
      track.arrive({ first, end, messageBytes: 0 }, []);
      track.wake();
    }
    settle();
  }

  /** `end` has grown. */
  function settle(): void {
    for (let first = closedEnds[0]; first !== undefined && first <= end; first = closedEnds[0]) {
      for (const track of tracks.values()) track.book.closeSegment(first);
      closedEnds.shift();
    }
    const reached = waiters.filter(({ offset }) => offset <= end);
    if (reached.length === 0) return;
    waiters = waiters.filter(({ offset }) => offset > end);
    for (const { resolve } of reached) resolve();
  }

  return {
    start(offset) {
      end = offset;
      heardEnd = Math.max(heardEnd, offset);
      hasStarted = true;
      run();
    },
    stop: () => void (hasStarted = false),
    push(written) {
      const slice = sliceOf(written);
      heardEnd = Math.max(heardEnd, written.first + written.count);
      if (waitingBytes <= MAX_WAITING_BYTES) {
        waiting.push({ slice, end: written.first + written.count });
        waitingBytes += slice.bytes.length;
      }
      run();
    },
    close(segment) {
      closedEnds.push(endOf(segment));
      heardEnd = Math.max(heardEnd, endOf(segment));
      settle();
      for (const track of tracks.values()) track.wake();
      run();
    },
    join: (track) => void tracks.set(track.name, track),
    leave: (track) => void tracks.delete(track.name),
    get end() {
      return end;
    },
    get heardEnd() {
      return heardEnd;
    },
    sliceAt: window.at,
    get unmatchedCount() {
      return unmatchedCount;
    },
    get unreadCount() {
      return unreadCount;
    },
    reach(offset) {
      return offset <= end ? Promise.resolve() : new Promise((resolve) => waiters.push({ offset, resolve }));
    },
  };
}
