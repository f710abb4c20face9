import { messageOf } from '../../core/text-of.ts';
import type { ReceivedMessage } from '../received-message.ts';
import type { Aside } from './aside.ts';
import { createBreaker } from './breaker.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { DeadLetters } from './dead-letters.ts';
import { readSettled, type Lane, type LaneContext } from './lane.ts';
import type { ReplayResult } from './replay-result.ts';
import type { WriteOutcome } from './write-outcome.ts';

/** Brings dead letters to the sink once more, when someone asks for it. */
export interface ReplayLane extends Lane {
  request(): Promise<ReplayResult>;
  /** The runner has ended: answers who waits. */
  end(): void;
  readonly delivered: number;
}

/** Failures in a row after which letters are tried alone, and failures of single ones after which the back end is held to be down. */
const MAX_FAILURES = 3;

interface Session {
  readonly answer: (result: ReplayResult) => void;
  aside: Aside | undefined;
  /** Files of letters that are still to be taken. */
  files: number;
  delivered: number;
  refused: number;
  remaining: number;
  trouble: string | undefined;
  failuresInRow: number;
  /** Messages that are still to be tried alone. */
  singles: number;
  isGivingUp: boolean;
  /** Letters that failed alone since one went through, with the reason. */
  readonly suspects: Map<DeadLetter, string>;
}

/**
 * A replay is an errand, not a duty: it ends. What fails while others go through is put back with its new reason, and when nothing goes through
 * the rest is put back as it was.
 */
export function createReplayLane(deadLetters: DeadLetters, context: LaneContext, onRequest: () => void): ReplayLane {
  const { batchMessages } = context;
  const rest = context.createRest();
  const breaker = createBreaker(context.random); // of its own: a letter that fails is no trouble of the journal's
  let session: Session | undefined;
  let delivered = 0;
  let hasEnded = false;

  function finish(of: Session): void {
    if (session === of) session = undefined;
    const { delivered: count, refused, remaining, trouble } = of;
    of.answer({ status: 'done', delivered: count, refused, remaining, trouble });
  }

  /** What fails on this machine ends the replay; what is not settled stays aside for the next one. */
  async function stepOrEnd(of: Session): Promise<void> {
    try {
      await step(of);
    } catch (error) {
      of.trouble = messageOf(error);
      of.remaining += of.aside?.count ?? deadLetters.count;
      finish(of);
    }
  }

  /** The letters to be written next; none if all are settled. */
  async function nextLetters(of: Session, aside: Aside): Promise<readonly DeadLetter[]> {
    const letters = await aside.peek(batchMessages + of.suspects.size);
    if (of.singles === 0 || of.isGivingUp) return letters.slice(0, batchMessages);
    const untried = letters.find((letter) => !of.suspects.has(letter));
    if (untried !== undefined) return [untried];
    of.isGivingUp = true; // none is left to compare with
    return letters.slice(0, batchMessages);
  }

  async function step(of: Session): Promise<void> {
    if (of.aside === undefined && of.files-- > 0) of.aside = await deadLetters.takeAside();
    if (of.aside === undefined) {
      finish(of);
      return;
    }
    const letters = await nextLetters(of, of.aside);
    if (letters.length === 0) {
      await of.aside.remove();
      of.aside = undefined;
    } else if (of.isGivingUp) await giveUp(of, letters);
    else await write(of, letters);
  }

  async function write(of: Session, letters: readonly DeadLetter[]): Promise<void> {
    const letterOf = new Map<ReceivedMessage, DeadLetter>(letters.map((letter) => [letter.message, letter]));
    const outcome = await context.write(letters.map(({ message }) => message));
    if (outcome === undefined) return;
    const settled = readSettled([...letterOf.keys()], outcome);
    of.delivered += settled.delivered.length;
    delivered += settled.delivered.length;
    of.aside?.settle(lettersOf(settled.delivered, letterOf));
    const backAgain = new Map([...settled.refused].map(([message, reason]) => [letterOf.get(message), reason]));
    await putBack(of, backAgain);
    if (settled.delivered.length + settled.refused.size > 0) await onProgress(of);
    if (outcome.trouble !== undefined) onFailure(of, letters, outcome, outcome.trouble);
  }

  async function onProgress(of: Session): Promise<void> {
    breaker.worked();
    of.failuresInRow = 0;
    if (of.singles > 0) of.singles--;
    if (of.suspects.size === 0) return;
    await putBack(of, of.suspects);
    of.suspects.clear();
    of.singles = 0;
  }

  function onFailure(
    of: Session,
    letters: readonly DeadLetter[],
    { patienceMs, from }: WriteOutcome,
    trouble: string,
  ): void {
    if (patienceMs !== undefined) {
      context.patience.start(breaker.askedToWait(patienceMs));
      return;
    }
    of.trouble = trouble;
    const [first] = letters;
    if (of.singles > 0 && first !== undefined && from === 0) of.suspects.set(first, trouble);
    of.failuresInRow++;
    if (of.failuresInRow >= MAX_FAILURES) {
      of.isGivingUp = of.singles > 0;
      of.singles = batchMessages;
      of.failuresInRow = 0;
    }
    rest.start(breaker.failed());
  }

  /** Letters that stay what they were, with a new reason. */
  async function putBack(of: Session, reasons: ReadonlyMap<DeadLetter | undefined, string>): Promise<void> {
    const old = new Set<DeadLetter>();
    const letters: DeadLetter[] = [];
    for (const [letter, reason] of reasons) {
      if (letter === undefined) continue;
      old.add(letter);
      letters.push({ at: context.now(), reason, message: letter.message });
    }
    if (letters.length === 0) return;
    await deadLetters.add(letters);
    of.refused += letters.length;
    of.aside?.settle(old);
  }

  async function giveUp(of: Session, letters: readonly DeadLetter[]): Promise<void> {
    await deadLetters.add(letters);
    of.remaining += letters.length;
    of.aside?.settle(new Set(letters));
  }

  const lane: ReplayLane = {
    get delivered() {
      return delivered;
    },
    async turn() {
      if (session === undefined || rest.isOn || context.patience.isOn || context.end.aborted) return false;
      await stepOrEnd(session);
      return true;
    },
    request() {
      if (session !== undefined) return Promise.resolve({ status: 'under-way' });
      return new Promise((answer) => {
        session = {
          answer,
          aside: undefined,
          files: deadLetters.hasUnfinished ? 2 : 1,
          delivered: 0,
          refused: 0,
          remaining: 0,
          trouble: undefined,
          failuresInRow: 0,
          singles: 0,
          isGivingUp: false,
          suspects: new Map(),
        };
        if (hasEnded) lane.end();
        else onRequest();
      });
    },
    end() {
      hasEnded = true;
      if (session === undefined) return;
      session.remaining += session.aside?.count ?? deadLetters.count;
      session.trouble ??= 'the router ends';
      finish(session);
    },
  };
  return lane;
}

const lettersOf = (
  messages: readonly ReceivedMessage[],
  letterOf: ReadonlyMap<ReceivedMessage, DeadLetter>,
): ReadonlySet<DeadLetter> => new Set(messages.flatMap((message) => letterOf.get(message) ?? []));
