import type { Clock } from '../core/platform.ts';
import type { ReceivedMessage } from './received-message.ts';

/** A message that the back end will never take. */
export interface RefusedMessage {
  /** Its index in the batch. */
  readonly index: number;
  /** Why, in the back end's words or the sink's. */
  readonly reason: string;
}

/** What became of a batch. A message that is neither refused nor to be retried is delivered. */
export interface SinkResult {
  /** Messages that are not worth another attempt. */
  readonly refused?: readonly RefusedMessage[];
  /**
   * The messages from index `from` on come again, all but those in `refused`, no sooner than `afterMs`. With `afterMs` the back end has asked
   * for patience; without it, it has failed.
   */
  readonly retry?: {
    /** @default 0 */
    readonly from?: number;
    /** In milliseconds. @default the runner's back-off */
    readonly afterMs?: number;
    /** Why, for a person. */
    readonly reason?: string;
  };
}

/** One back end. It delivers and knows nothing else: queue, batches, deadlines and retries are the runner's. */
export interface Sink {
  /** Unique in a router; labels this sink's numbers. */
  readonly name: string;
  /**
   * Delivers the messages, in order. Rejects if it does not know what arrived: then all of them come again. It is not called again until it
   * has settled; after `signal` is aborted it settles soon, whatever the back end does. Neither keeps nor changes the array.
   */
  write(messages: readonly ReceivedMessage[], signal: AbortSignal): Promise<SinkResult>;
  /** Makes sure that what was delivered outlives a power cut; called before the journal may forget it. @default nothing to do */
  flush?(): Promise<void>;
  /** Messages that it left out itself, by reason, since the start: delivered as far as the runner knows, and shown beside it. @default none */
  readonly leftOut?: Readonly<Record<string, number>>;
  /** Releases everything. Called after the last `write` has settled. Idempotent. */
  close(): Promise<void>;
}

/** What a sink is given when it is made. */
export interface SinkContext {
  /** Its name in the configuration. */
  readonly name: string;
  readonly clock: Clock;
  /** Tells a person of something, the same text once a minute at most. */
  warn(text: string): void;
}

/** Makes a sink. A configuration holds one for each back end that Metlog does not know. */
export type SinkFactory = (context: SinkContext) => Sink | Promise<Sink>;
