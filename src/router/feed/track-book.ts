import type { ReceivedMessage } from '../received-message.ts';

/** How many messages of one sink lie where in the journal, not taken yet. */
export interface TrackBook {
  /** So many messages of the sink lie before `end`, behind all earlier ones. `atMs` is when they came. */
  add(end: number, count: number, atMs: number): void;
  /** A segment of an earlier run, of which nobody knows yet how many messages of the sink it holds. In order, before any `add`. */
  addUncounted(end: number): void;
  /** So many they were, those included that were taken meanwhile; the first was received at `atMs`. */
  settleCount(end: number, count: number, atMs: number): void;
  /** Nobody will know how many they were: what was not taken is not counted. */
  giveUpCount(end: number): void;
  /** A segment ends here: what lies before it is one entry from now on. */
  closeSegment(end: number): void;
  /** The sink has taken these, the next in order. */
  take(messages: readonly ReceivedMessage[]): void;
  /** What lies before `end`, the end of a segment, is lost; returns how many messages that are. */
  lose(end: number): number;
  /** Messages that were not taken, but for those in segments that are not counted. */
  readonly left: number;
  /** When the oldest of them came; undefined if there are none. */
  readonly oldestMs: number | undefined;
}

interface Entry {
  /** Offset behind its messages. */
  readonly end: number;
  /** Messages that are left; where they are not counted, minus those that were taken. */
  left: number;
  atMs: number;
  isCounted: boolean;
  /** It holds a whole segment. */
  readonly isClosed: boolean;
}

/** Stays small whatever the journal holds: an entry for each segment, and one for each piece of the segment that is open. */
export function createTrackBook(): TrackBook {
  const entries: Entry[] = [];
  let left = 0;

  function dropEmpty(): void {
    while (entries[0]?.isCounted === true && entries[0].left === 0) entries.shift();
  }

  function settleCount(end: number, atMs: number, leftOf: (entry: Entry) => number): void {
    const entry = entries.find((one) => one.end === end && !one.isCounted);
    if (entry === undefined) return;
    entry.left = leftOf(entry);
    entry.atMs = atMs;
    entry.isCounted = true;
    left += entry.left;
    dropEmpty();
  }

  return {
    add(end, count, atMs) {
      if (count === 0) return;
      entries.push({ end, left: count, atMs, isCounted: true, isClosed: false });
      left += count;
    },
    addUncounted(end) {
      entries.push({ end, left: 0, atMs: 0, isCounted: false, isClosed: true });
    },
    settleCount: (end, count, atMs) => settleCount(end, atMs, (entry) => entry.left + count),
    giveUpCount: (end) => settleCount(end, 0, () => 0),
    closeSegment(end) {
      const first = entries.findIndex((entry) => !entry.isClosed);
      if (first === -1) return;
      const pieces = entries.slice(first).filter((entry) => entry.end <= end);
      const [oldest] = pieces;
      if (oldest === undefined) return;
      const sum = pieces.reduce((count, piece) => count + piece.left, 0);
      entries.splice(first, pieces.length, { ...oldest, end, left: sum, isClosed: true });
    },
    take(messages) {
      let entry: Entry | undefined;
      for (const { offset } of messages) {
        if (entry === undefined || entry.end <= offset) entry = entries.find(({ end }) => end > offset);
        if (entry === undefined) return;
        entry.left--;
        if (entry.isCounted) left--;
      }
      dropEmpty();
    },
    lose(end) {
      let lost = 0;
      for (let entry = entries[0]; entry !== undefined && entry.end <= end; entry = entries[0]) {
        if (entry.isCounted) lost += entry.left;
        entries.shift();
      }
      left -= lost;
      return lost;
    },
    get left() {
      return left;
    },
    get oldestMs() {
      return entries.find((entry) => entry.left > 0)?.atMs;
    },
  };
}
