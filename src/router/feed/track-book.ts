import type { ReceivedMessage } from '../received-message.ts';

/** How many messages of one sink lie where in the journal, not taken yet. */
export interface TrackBook {
  /** So many messages of the sink lie before `end`, behind all earlier ones. `atMs` is when they came. */
  add(end: number, count: number, atMs: number): void;
  /** A segment of an earlier run, of which nobody knows yet how many messages of the sink it holds. In order, before any `add`. */
  addUncounted(end: number): void;
  /** So many they were, those included that were taken meanwhile; the first was received at `atMs`. */
  settleCount(end: number, count: number, atMs: number): void;
  /** Nobody will know how many they were: what was not taken is not counted, though the sink may take it yet. */
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
  /** It never will be. */
  isGivenUp: boolean;
  /** It holds a whole segment. */
  readonly isClosed: boolean;
}

/** Stays small whatever the journal holds: an entry for each segment, and one for each piece of the segment that is open. */
export function createTrackBook(): TrackBook {
  const entries: Entry[] = [];
  let left = 0;
  let takenEnd = 0; // offset behind the last message that was taken

  function dropEmpty(): void {
    for (let entry = entries[0]; entry !== undefined; entry = entries[0]) {
      // One that is given up stays as long as something may be taken of it: that must not count against the next.
      const isOver = entry.isGivenUp ? entry.end <= takenEnd : entry.isCounted && entry.left === 0;
      if (!isOver) return;
      entries.shift();
    }
  }

  const uncounted = (end: number): Entry | undefined => entries.find((entry) => entry.end === end && !entry.isCounted);

  return {
    add(end, count, atMs) {
      if (count === 0) return;
      entries.push({ end, left: count, atMs, isCounted: true, isGivenUp: false, isClosed: false });
      left += count;
    },
    addUncounted(end) {
      entries.push({ end, left: 0, atMs: 0, isCounted: false, isGivenUp: false, isClosed: true });
    },
    settleCount(end, count, atMs) {
      const entry = uncounted(end);
      if (entry === undefined) return;
      entry.left += count;
      entry.atMs = atMs;
      entry.isCounted = true;
      left += entry.left;
      dropEmpty();
    },
    giveUpCount(end) {
      const entry = uncounted(end);
      if (entry === undefined) return;
      entry.isGivenUp = true;
      dropEmpty();
    },
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
        takenEnd = offset + 1;
        if (entry === undefined || entry.end <= offset) entry = entries.find(({ end }) => end > offset);
        if (entry === undefined) break;
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
