import type { Clock } from '../../core/platform.ts';
import type { Segment } from '../journal/segment.ts';
import type { Reader, SegmentQueue } from '../journal/segment-queue.ts';
import type { Written } from '../journal/written.ts';
import type { Route } from '../routes/route.ts';
import type { SinkFactory } from '../sink.ts';
import type { SinkSpec } from '../sinks/sink-spec.ts';
import type { ReplayResult } from './replay-result.ts';
import type { SinkStats } from './sink-stats.ts';

/** Sinks and what they get. */
export interface DeliveryConfig {
  readonly sinks: Readonly<Record<string, SinkSpec | SinkFactory>>;
  readonly routes: readonly Route[];
}

export interface DeliveryStats {
  readonly sinks: Readonly<Record<string, SinkStats>>;
  /** Messages that came while there were sinks and that no route took. */
  readonly unmatched: number;
  /** Messages that came while there were sinks and that none of them can have, as the journal is damaged where they lie. */
  readonly unread: number;
  /**
   * Messages that waited for sinks which are not configured any more, at most: of one that was missing at the start, all messages of the journal that
   * were not looked at for it.
   */
  readonly abandoned: number;
}

/** Brings the journal to the sinks. */
export interface Delivery {
  /** Numbers of the journal below this were given already. */
  readonly minOffset: number;
  /** What the journal must keep for sinks. */
  readonly reader: Reader;
  /** Whether it needs to hear of what is written. */
  readonly hasSinks: boolean;
  /** Hears of what is written. */
  readonly push: (written: Written) => void;
  /** A segment is closed, and in the queue. */
  closeSegment(segment: Segment): void;
  /** Begins, with the segments of earlier runs, and `firstOffset` as the first that is pushed. */
  start(segments: readonly Segment[], firstOffset: number): Promise<void>;
  stats(): DeliveryStats;
  /** Delivers the dead letters of a sink again; undefined if there is none of this name. */
  replay(name: string): Promise<ReplayResult | undefined>;
  /**
   * Delivers by another configuration what is written from now on; what was written before goes where it was meant to go. Sinks are opened
   * first: rejects, with nothing changed, if one cannot be, or if it is closed meanwhile. `listen` has pushes begin, where there were none, and resolves to the offset from
   * which on everything is pushed. `onSwapped` is called once nothing can fail any more, before anything is waited for. Resolves once sinks that are gone have delivered the rest, or some seconds have passed.
   */
  reload(config: DeliveryConfig, listen: () => Promise<number>, onSwapped?: () => void): Promise<void>;
  /** Delivers what is there until the deadline, and closes the sinks. Nothing is pushed any more. Idempotent. */
  close(deadlineMs: number): Promise<void>;
}

export interface DeliveryOptions extends DeliveryConfig {
  readonly dataDir: string;
  /** Size at which the journal closes a segment. */
  readonly segmentBytes: number;
}

export interface DeliveryDeps {
  readonly clock: Clock;
  readonly queue: Pick<SegmentQueue, 'after' | 'tidy'>;
  onTrouble(text: string): void;
}
