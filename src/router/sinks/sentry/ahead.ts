import type { ReceivedMessage } from '../../received-message.ts';
import { eventIdOf } from './event-id.ts';
import { isSettled, type Outcome } from './outcome.ts';

/** The events that arrived although an older message of their batch has to come again, and with it they. */
export interface Ahead {
  /** By index: the messages that are to be sent, and those that are there already. If all are there, all are sent once more. */
  part(messages: readonly ReceivedMessage[]): {
    readonly fresh: ReadonlyMap<number, ReceivedMessage>;
    readonly arrived: readonly number[];
  };
  /** Takes down what comes again although it is there, and forgets what does not. */
  note(messages: readonly ReceivedMessage[], outcomes: ReadonlyMap<number, Outcome>): void;
}

/** Events remembered; past that Sentry's own deduplication has to do. */
const MAX_REMEMBERED = 10_000;

export function createAhead(): Ahead {
  const ids = new Set<string>();
  return {
    part(messages) {
      const fresh = new Map(messages.entries());
      if (ids.size === 0) return { fresh, arrived: [] };
      const arrived = messages.flatMap((message, index) => (ids.has(eventIdOf(message)) ? [index] : []));
      if (arrived.length === messages.length) return { fresh, arrived: [] };
      for (const index of arrived) fresh.delete(index);
      return { fresh, arrived };
    },
    note(messages, outcomes) {
      let isAhead = false;
      for (const [index, message] of messages.entries()) {
        const outcome = outcomes.get(index);
        if (outcome === undefined || !isSettled(outcome)) isAhead = true;
        else if (isAhead && outcome.kind === 'delivered') ids.add(eventIdOf(message));
        else if (ids.size > 0) ids.delete(eventIdOf(message));
      }
      for (const oldest of ids) {
        if (ids.size <= MAX_REMEMBERED) break;
        ids.delete(oldest);
      }
    },
  };
}
