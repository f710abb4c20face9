import type { Message } from '../core/schema.ts';

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
  /** The messages that are neither delivered nor refused should come again, all but those in `refused`; no sooner than `afterMs`. */
  readonly retry?: { readonly afterMs?: number };
}

/** One back end. It delivers and knows nothing else: queue, batches, deadlines and retries are the runner's. */
export interface Sink {
  /** Unique in a router; labels this sink's numbers. */
  readonly name: string;
  /**
   * Delivers the messages, in order. Rejects if it does not know what arrived: then all of them come again. It is not called again until it
   * has settled; after `signal` is aborted it settles soon, whatever the back end does. Neither keeps nor changes the array.
   */
  write(messages: readonly Message[], signal: AbortSignal): Promise<SinkResult>;
  /** Releases everything. Called after the last `write` has settled. Idempotent. */
  close(): Promise<void>;
}
