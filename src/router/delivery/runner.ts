import type { Clock } from '../../core/platform.ts';
import type { Sink } from '../sink.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { SinkStats } from './sink-stats.ts';
import type { SinkSource } from './source.ts';

export interface SinkRunnerOptions {
  /** Most messages a write. */
  readonly batchMessages: number;
  /** A write is aborted after this long, in milliseconds. */
  readonly deadlineMs: number;
}

export interface SinkRunnerParts {
  readonly sink: Sink;
  readonly source: SinkSource;
  /** Closed with the runner. */
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  /** A number in [0, 1). */
  random(): number;
  /** Tells a person: once when the sink fails, once when it works again. */
  onTrouble(text: string): void;
  /** Messages that wait in the journal beside those at hand, for what a person is told. @default none */
  waiting?(): number;
  readonly options: SinkRunnerOptions;
}

/**
 * The runner's part of the book: at every quiet moment taken = delivered + atHand + deadLettered + expired. What the source has not given yet
 * comes on top: routed = taken + that, waiting = atHand + that.
 */
export interface RunnerStats extends Pick<
  SinkStats,
  'delivered' | 'deadLettered' | 'expired' | 'failures' | 'state' | 'trouble' | 'leftOut'
> {
  /** Messages that it took from its source, and the dead letters that were there when they were opened. */
  readonly taken: number;
  /** Taken and not settled. */
  readonly atHand: number;
}

/** What became of the dead letters that were delivered once more. */
export type ReplayResult =
  | {
      readonly status: 'done';
      readonly delivered: number;
      /** Back in the dead letters, each with its new reason. */
      readonly refused: number;
      /** Back in the dead letters as they were: the back end fails, for the reason in `trouble`, or the router ends. */
      readonly remaining: number;
      readonly trouble: string | undefined;
    }
  /** Another replay of this sink is under way. */
  | { readonly status: 'under-way' };

/** Brings the messages of one source to one sink, whatever the sink does. */
export interface SinkRunner {
  /** Begins to deliver. */
  start(): void;
  stats(): RunnerStats;
  /** Delivers the dead letters again, between the messages of the journal. Never rejects. */
  replay(): Promise<ReplayResult>;
  /** Goes on until nothing is left, something fails or the deadline comes near; then aborts and closes the sink. Resolves in time. Idempotent. */
  close(deadlineMs: number): Promise<void>;
}

/** Makes the runner of a sink. It never throws and leaves no promise unhandled. */
export function createSinkRunner(_parts: SinkRunnerParts): SinkRunner {
  throw new Error('not built yet');
}
