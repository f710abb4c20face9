import type { ReceivedMessage } from '../../../../src/router/received-message.ts';
import type { SinkSource } from '../../../../src/router/delivery/source.ts';

export interface MemorySource extends SinkSource {
  /** As if these had just been written to the journal. */
  push(messages: readonly ReceivedMessage[]): void;
  /** Offset before which everything is settled. */
  readonly settledEnd: number;
  /** Messages that were not asked for yet. */
  readonly length: number;
}

/** A journal of one sink in memory. Throws if it is settled backwards. */
export function createMemorySource(messages: readonly ReceivedMessage[] = []): MemorySource {
  let waiting = [...messages];
  let listeners: (() => void)[] = [];
  let settledEnd = 0;
  return {
    async next({ maxMessages }) {
      if (waiting.length === 0) return undefined;
      const batch = waiting.slice(0, maxMessages);
      waiting = waiting.slice(maxMessages);
      return { messages: batch, end: (batch.at(-1)?.offset ?? -1) + 1 };
    },
    onReady(listener) {
      listeners.push(listener);
    },
    settle(end) {
      if (end < settledEnd) throw new Error(`settled up to ${end} after ${settledEnd}`);
      settledEnd = end;
    },
    push(more) {
      waiting.push(...more);
      const told = listeners;
      listeners = [];
      for (const listener of told) listener();
    },
    get settledEnd() {
      return settledEnd;
    },
    get length() {
      return waiting.length;
    },
  };
}
