import type { ReceivedMessage } from '../received-message.ts';

export interface BatchLimits {
  /** Most messages in a batch. */
  readonly maxMessages: number;
}

/** Messages for one sink, and how far in the journal they reach. */
export interface Batch {
  readonly messages: readonly ReceivedMessage[];
  /** Offset after the last message of the journal that was looked at for it; messages of other sinks lie between. */
  readonly end: number;
}

/** What a runner reads: the messages that are routed to its sink, in the journal's order. */
export interface SinkSource {
  /** The messages after the last batch; undefined while there are none. Each call takes the next: what it gave is the runner's to settle. */
  next(limits: BatchLimits): Promise<Batch | undefined>;
  /** Calls once, as soon as `next` may have something again. */
  onReady(listener: () => void): void;
  /** All messages up to `end` are delivered or in the dead letters: the journal may forget them, once that is on disk. */
  settle(end: number): void;
}
