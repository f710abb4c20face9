import type { ReceivedMessage } from '../received-message.ts';
import type { Batch } from './source.ts';

/** Messages that were taken from the source and are not settled, in the journal's order. */
export interface AtHand {
  readonly messages: readonly ReceivedMessage[];
  /** Puts a batch behind what is there. */
  add(batch: Batch): void;
  /** Takes out what is settled. */
  remove(settled: readonly ReceivedMessage[]): void;
  /** Offset before which everything is settled. */
  readonly end: number;
}

export function createAtHand(): AtHand {
  let messages: readonly ReceivedMessage[] = [];
  let endOfBatch = 0;
  return {
    get messages() {
      return messages;
    },
    add(batch) {
      messages = messages.length === 0 ? batch.messages : [...messages, ...batch.messages];
      endOfBatch = batch.end;
    },
    remove(settled) {
      if (settled.length >= messages.length) {
        messages = [];
        return;
      }
      const gone = new Set(settled);
      messages = messages.filter((message) => !gone.has(message));
    },
    get end() {
      return messages[0]?.offset ?? endOfBatch;
    },
  };
}
