import { messageOf } from '../../core/text-of.ts';
import { codeOf } from '../errors.ts';
import { endOf, type Segment } from '../journal/segment.ts';
import type { Epochs } from './epochs.ts';
import { openSegmentReader } from './segment-reader.ts';
import type { Track } from './track.ts';

/** Counts what an earlier run left for each sink: until it is known, the sinks' books show less than what waits. */
export interface Census {
  /** Whether the segment must be counted before it may go. */
  awaits(segment: Segment): boolean;
  /** Everything before it is counted. */
  readonly end: number;
}

export interface CensusDeps {
  readonly epochs: Epochs;
  /** Lets others have their turn. */
  rest(): Promise<void>;
  /** A segment is counted. */
  onCounted(): void;
  onTrouble(text: string): void;
}

/** Counts the segments, in order, for the tracks that begin before their end. */
export function startCensus(segments: readonly Segment[], tracks: readonly Track[], deps: CensusDeps): Census {
  const concerned = segments.filter((segment) => tracks.some(({ start }) => start < endOf(segment)));
  for (const segment of concerned) {
    for (const { start, book } of tracks) if (start < endOf(segment)) book.addUncounted(endOf(segment));
  }
  let end = concerned[0]?.first ?? Number.POSITIVE_INFINITY;

  async function countAll(): Promise<void> {
    for (const segment of concerned) {
      await count(segment);
      end = endOf(segment);
      deps.onCounted();
    }
    end = Number.POSITIVE_INFINITY;
  }

  async function count(segment: Segment): Promise<void> {
    const counts = new Map(tracks.map((track) => [track.name, { track, count: 0, atMs: 0 }]));
    try {
      const reader = await openSegmentReader(segment, Math.min(...tracks.map(({ start }) => start)));
      for (let piece = reader.read(); piece !== undefined; piece = reader.read()) {
        for (const message of piece.messages) {
          const { routing } = deps.epochs.at(message.offset);
          for (const index of routing.targets(message)) {
            const one = counts.get(routing.sinks[index] ?? '');
            if (one === undefined || message.offset < one.track.start) continue;
            if (one.count++ === 0) one.atMs = Date.parse(message.received);
          }
        }
        await deps.rest();
      }
    } catch (error) {
      for (const { book } of tracks) book.giveUpCount(endOf(segment));
      // Gone is what every sink has passed meanwhile.
      if (codeOf(error) === 'ENOENT') return;
      deps.onTrouble(`${segment.path} cannot be read; what it holds for sinks is not counted: ${messageOf(error)}`);
      return;
    }
    for (const one of counts.values()) one.track.book.settleCount(endOf(segment), one.count, one.atMs);
  }

  if (concerned.length > 0) void countAll();
  return {
    awaits: (segment) => endOf(segment) > end && concerned.includes(segment),
    get end() {
      return end;
    },
  };
}
