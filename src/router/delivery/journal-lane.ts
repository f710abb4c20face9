import type { ReceivedMessage } from '../received-message.ts';
import { createAtHand } from './at-hand.ts';
import { createBreaker } from './breaker.ts';
import type { DeadLetters } from './dead-letters.ts';
import { readSettled, toLetters, type Lane, type LaneContext } from './lane.ts';
import { createSift, type Sift } from './sift.ts';
import type { SinkSource } from './source.ts';
import type { WriteOutcome } from './write-outcome.ts';

/** Brings the journal's messages to the sink, in order. */
export interface JournalLane extends Lane {
  /** Tries at once, whatever it waits for because of a failure. */
  hurry(): void;
  readonly taken: number;
  readonly delivered: number;
  readonly atHand: number;
  readonly isOpen: boolean;
  readonly isResting: boolean;
}

/** Failures at the same message after which it is suspected. */
const SUSPECT_AFTER = 3;
/** Messages taken beside those at hand, to compare with. */
const COMPARED_MESSAGES = 10;

export interface JournalLaneParts {
  readonly source: SinkSource;
  readonly deadLetters: DeadLetters;
  /** The source has something again. */
  onReady(): void;
}

export function createJournalLane(
  { source, deadLetters, onReady }: JournalLaneParts,
  context: LaneContext,
): JournalLane {
  const atHand = createAtHand();
  const breaker = createBreaker(context.random);
  const rest = context.createRest();
  const { voice, batchMessages } = context;
  let sift: Sift | undefined;
  let failuresInRow = 0; // at the first message at hand
  let taken = 0;
  let delivered = 0;
  let isListening = false;

  async function take(maxMessages: number): Promise<boolean> {
    const got = await context.insist('reading the journal', async () => {
      const batch = await source.next({ maxMessages });
      // What came before the listener was there woke nobody.
      return batch === undefined && listen() ? source.next({ maxMessages }) : batch;
    });
    if (got?.value === undefined) return false;
    taken += got.value.messages.length;
    atHand.add(got.value);
    if (atHand.messages.length === 0) source.settle(atHand.end);
    return true;
  }

  /** Whether it has not listened already. */
  function listen(): boolean {
    if (isListening) return false;
    isListening = true;
    source.onReady(() => {
      isListening = false;
      onReady();
    });
    return true;
  }

  async function choose(): Promise<readonly ReceivedMessage[]> {
    if (sift === undefined) return atHand.messages.slice(0, batchMessages);
    const canGrow = atHand.messages.length <= batchMessages;
    let message = sift.next(atHand.messages, canGrow);
    if (message === undefined) {
      await take(COMPARED_MESSAGES);
      message = sift.next(atHand.messages, false);
    }
    return message === undefined ? [] : [message];
  }

  /** Resolves to false if the dead letters could not be put away before the runner ended: nothing is settled then. */
  async function bury(refused: ReadonlyMap<ReceivedMessage, string>): Promise<boolean> {
    if (refused.size === 0) return true;
    const letters = toLetters(refused, context.now());
    const added = await context.insist('writing the dead letters', () => deadLetters.add(letters));
    if (added === undefined) return false;
    atHand.remove([...refused.keys()]);
    return true;
  }

  /** Resolves to false like `bury`: the same messages must not be written at once again. */
  async function learn(messages: readonly ReceivedMessage[], outcome: WriteOutcome): Promise<boolean> {
    const settled = readSettled(messages, outcome);
    delivered += settled.delivered.length;
    atHand.remove(settled.delivered);
    if (!(await bury(settled.refused))) return false;
    const settledCount = settled.delivered.length + settled.refused.size;
    if (settledCount > 0) {
      source.settle(atHand.end);
      breaker.worked();
      failuresInRow = 0;
    }
    const [first] = messages;
    if (sift !== undefined && first !== undefined) await judge(sift, first, outcome, settledCount > 0);
    if (sift?.isOver === true || atHand.messages.length === 0) sift = undefined;

    const { trouble, patienceMs } = outcome;
    if (trouble === undefined) {
      if (sift === undefined) voice.worked();
    } else if (patienceMs !== undefined) {
      const waitMs = breaker.askedToWait(patienceMs);
      voice.putOff(trouble, waitMs);
      context.patience.start(waitMs);
    } else {
      voice.failed(trouble);
      rest.start(breaker.failed());
      if (++failuresInRow >= SUSPECT_AFTER && atHand.messages.length > 0) sift ??= createSift();
    }
    return true;
  }

  async function judge(
    judging: Sift,
    message: ReceivedMessage,
    { trouble, patienceMs }: WriteOutcome,
    isSettled: boolean,
  ): Promise<void> {
    if (isSettled) judging.settled(message);
    else if (patienceMs !== undefined) judging.putOff();
    else if (trouble !== undefined && judging.failed(message)) {
      if (!(await bury(new Map([[message, trouble]])))) return;
      source.settle(atHand.end);
      failuresInRow = 0;
      voice.tell(
        `a message of ${message.logger} fails again and again while others go through, and is put into the dead letters: ${trouble}`,
      );
    }
  }

  return {
    async turn() {
      if (rest.isOn || context.patience.isOn) return false;
      if (atHand.messages.length === 0) return take(batchMessages);
      const messages = await choose();
      if (messages.length === 0) return false;
      const outcome = await context.write(messages);
      return outcome === undefined || learn(messages, outcome);
    },
    hurry() {
      rest.end();
    },
    get taken() {
      return taken;
    },
    get delivered() {
      return delivered;
    },
    get atHand() {
      return atHand.messages.length;
    },
    get isOpen() {
      return breaker.isOpen;
    },
    get isResting() {
      return rest.isOn;
    },
  };
}
