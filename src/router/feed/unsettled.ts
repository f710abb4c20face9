import type { ReceivedMessage } from '../received-message.ts';

/** What a runner has taken and not settled, in order. */
export interface Unsettled {
  add(messages: readonly ReceivedMessage[]): void;
  /** Everything before `end` is settled. */
  settle(end: number): void;
  /** Empties it. */
  giveBack(): ReceivedMessage[];
  readonly first: ReceivedMessage | undefined;
}

export function createUnsettled(): Unsettled {
  let batches: (readonly ReceivedMessage[])[] = [];
  return {
    add(messages) {
      if (messages.length > 0) batches.push(messages);
    },
    settle(end) {
      for (let batch = batches[0]; batch !== undefined; batch = batches[0]) {
        const rest = (batch.at(-1)?.offset ?? 0) < end ? [] : batch.filter(({ offset }) => offset >= end);
        if (rest.length > 0) {
          batches[0] = rest;
          return;
        }
        batches.shift();
      }
    },
    giveBack() {
      const messages = batches.flat();
      batches = [];
      return messages;
    },
    get first() {
      return batches[0]?.[0];
    },
  };
}
