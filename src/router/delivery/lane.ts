import type { ReceivedMessage } from '../received-message.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { Insist } from './insist.ts';
import type { Rest } from './rest.ts';
import type { Voice } from './voice.ts';
import type { WriteOutcome } from './write-outcome.ts';

/** A stream of messages to the sink: the journal's, or a replay's. They take turns. */
export interface Lane {
  /** Writes once, if there is something to write and its time has come. Resolves to false if there is not. */
  turn(): Promise<boolean>;
}

/** What lanes share: one sink, that is given one write at a time. */
export interface LaneContext {
  readonly batchMessages: number;
  readonly voice: Voice;
  /** A number in [0, 1). */
  random(): number;
  /** Time as ISO text. */
  now(): string;
  /** The runner ends: the first failure is the last. */
  readonly end: AbortSignal;
  /** Resolves to undefined if nothing may be done about the outcome any more, as the runner has ended meanwhile. */
  write(messages: readonly ReceivedMessage[]): Promise<WriteOutcome | undefined>;
  readonly insist: Insist;
  /** Makes a rest that wakes the loop when it is over. */
  createRest(): Rest;
  /** The time that the back end asked everyone to wait. */
  readonly patience: Rest;
}

/** What a write has settled. */
export interface Settled {
  readonly delivered: readonly ReceivedMessage[];
  /** Reason by message. */
  readonly refused: ReadonlyMap<ReceivedMessage, string>;
}

export function readSettled(messages: readonly ReceivedMessage[], { refused, from }: WriteOutcome): Settled {
  if (refused.length === 0) return { delivered: messages.slice(0, from), refused: new Map() };
  const reasons = new Map<ReceivedMessage, string>();
  for (const { index, reason } of refused) {
    const message = messages[index];
    if (message !== undefined) reasons.set(message, reason);
  }
  return { delivered: messages.slice(0, from).filter((message) => !reasons.has(message)), refused: reasons };
}

export const toLetters = (refused: ReadonlyMap<ReceivedMessage, string>, at: string): readonly DeadLetter[] =>
  [...refused].map(([message, reason]) => ({ at, reason, message }));
