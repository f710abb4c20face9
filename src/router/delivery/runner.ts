import type { Cancel, Clock } from '../../core/platform.ts';
import { messageOf } from '../../core/text-of.ts';
import type { ReceivedMessage } from '../received-message.ts';
import type { Sink } from '../sink.ts';
import { attemptWrite } from './attempt.ts';
import type { DeadLetters } from './dead-letters.ts';
import { createInsist } from './insist.ts';
import { createJournalLane } from './journal-lane.ts';
import type { LaneContext } from './lane.ts';
import { readLeftOut } from './left-out.ts';
import { createReplayLane } from './replay-lane.ts';
import type { ReplayResult } from './replay-result.ts';
import { createRest } from './rest.ts';
import type { SinkState, SinkStats } from './sink-stats.ts';
import type { SinkSource } from './source.ts';
import { createVoice } from './voice.ts';
import { createWaker } from './waker.ts';
import type { WriteOutcome } from './write-outcome.ts';

export interface SinkRunnerOptions {
  /** Most messages a write. */
  readonly batchMessages: number;
  /** A write is aborted after this long, in milliseconds. */
  readonly deadlineMs: number;
}

export interface SinkRunnerParts {
  /** What a person knows the sink by. */
  readonly name: string;
  readonly sink: Sink;
  readonly source: SinkSource;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  /** A number in [0, 1). */
  random(): number;
  /** Tells a person: once when the sink fails, once when it works again. */
  onTrouble(text: string): void;
  /** Messages that wait in the journal beside those at hand, for what a person is told. @default none */
  waiting?(): number;
  readonly options: SinkRunnerOptions;
}

/**
 * The runner's part of the book: at every quiet moment taken = delivered + atHand + deadLettered + expired. What the source has not given yet
 * comes on top: routed = taken + that, waiting = atHand + that.
 */
export interface RunnerStats extends Pick<
  SinkStats,
  'delivered' | 'deadLettered' | 'expired' | 'failures' | 'state' | 'trouble' | 'leftOut'
> {
  /** Messages that it took from its source, and the dead letters that it found. */
  readonly taken: number;
  /** Taken and not settled. */
  readonly atHand: number;
}

/** Brings the messages of one source to one sink, whatever the sink does. */
export interface SinkRunner {
  /** Begins to deliver. */
  start(): void;
  stats(): RunnerStats;
  /** Delivers the dead letters again, between the messages of the journal. Never rejects. */
  replay(): Promise<ReplayResult>;
  /** Goes on until nothing is left, something fails or the deadline comes near; then aborts and closes the sink. Resolves in time, to whether the sink has closed without fail. Idempotent; of several deadlines the first one counts. */
  close(deadlineMs: number): Promise<boolean>;
}

/** The last part of the time for closing is left to the sink: to settle after its signal was aborted, and to close. In milliseconds, or half of it all. */
const CLOSING_MS = 500;
/** Longest delay that the machine's timers take; the interval only has to exist. */
const HOLD_MS = 2 ** 30;
/** After a fault of this program, so that it does not spin. */
const FAULT_PAUSE_MS = 1_000;

/** Makes the runner of a sink. It never throws and leaves no promise unhandled. */
export function createSinkRunner(parts: SinkRunnerParts): SinkRunner {
  const { sink, source, deadLetters, clock, random, onTrouble, options } = parts;
  const lettersAtStart = deadLetters.count;
  const foundBefore = deadLetters.found;
  const expiredBefore = deadLetters.expired;
  const waker = createWaker();
  const end = new AbortController(); // asked to close: the first failure is the last
  const stop = new AbortController(); // aborts the write under way
  let failures = 0;
  let trouble: string | undefined;
  let machineTrouble: string | undefined;
  let isWriting = false;
  let isHung = false;
  let isGone = false; // closed, whatever is still under way
  let running: Promise<void> | undefined;
  let isSinkClosed = false;
  let closing: Promise<boolean> | undefined;
  const late = createWaker();
  const deadlines: Cancel[] = [];

  const voice = createVoice(parts.name, {
    clock,
    onTrouble,
    waiting: () => journal.atHand + (parts.waiting?.() ?? 0),
  });
  const insist = createInsist({
    clock,
    random,
    tell: voice.tell,
    onTrouble: (text) => (machineTrouble = text),
    end: end.signal,
  });
  const context: LaneContext = {
    batchMessages: options.batchMessages,
    voice,
    random,
    now: () => new Date(clock.now()).toISOString(),
    end: end.signal,
    write,
    async insist(what, task) {
      const done = await insist(what, task);
      return isGone ? undefined : done;
    },
    createRest: () => createRest(clock, waker.wake),
    patience: createRest(clock, waker.wake),
  };
  const journal = createJournalLane({ source, deadLetters, onReady: waker.wake }, context);
  const replays = createReplayLane(deadLetters, context, waker.wake);

  async function write(messages: readonly ReceivedMessage[]): Promise<WriteOutcome | undefined> {
    isWriting = true;
    const outcome = await attemptWrite(sink, messages, {
      clock,
      deadlineMs: options.deadlineMs,
      stop: stop.signal,
      onHung() {
        isHung = true;
        voice.tell('a write has not ended although it was aborted; nothing more is written until it does');
      },
    });
    isWriting = false;
    isHung = false;
    trouble = outcome.trouble;
    if (trouble !== undefined) failures++;
    return isGone ? undefined : outcome;
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      if (await takeTurns()) continue;
      if (end.signal.aborted) break;
      await waker.sleep();
    }
  }

  async function takeTurns(): Promise<boolean> {
    try {
      const isBusy = await journal.turn();
      return (await replays.turn()) || isBusy;
    } catch (error) {
      // A fault of this program: it is told, and does not end the sink in silence.
      voice.tell(`delivering failed: ${messageOf(error)}`);
      context.patience.start(FAULT_PAUSE_MS);
      return false;
    }
  }

  async function close(): Promise<boolean> {
    // The clock's timers do not keep the process alive, and a promise that waits for them neither.
    const hold = setInterval(() => undefined, HOLD_MS);
    end.abort();
    journal.hurry();
    waker.wake();
    const ended = (running ?? Promise.resolve()).then(closeSink);
    await Promise.race([ended, late.sleep()]);
    isGone = true;
    for (const cancel of deadlines) cancel();
    stop.abort();
    context.patience.end();
    replays.end();
    clearInterval(hold);
    return isSinkClosed;
  }

  function limit(deadlineMs: number): void {
    if (isGone) return;
    deadlines.push(
      clock.after(deadlineMs - Math.min(CLOSING_MS, deadlineMs / 2), () => stop.abort()),
      clock.after(deadlineMs, late.wake),
    );
  }

  /** Also when it is late: a sink is closed once its last write has settled, and never before. */
  async function closeSink(): Promise<void> {
    try {
      await sink.close();
      isSinkClosed = true;
    } catch (error) {
      voice.tell(`closing failed: ${messageOf(error)}`);
    }
  }

  function state(): SinkState {
    if (isGone) return 'closed';
    if (isHung) return 'hung';
    if (journal.isOpen) return 'open';
    if (isWriting) return 'writing';
    return journal.isResting || context.patience.isOn || machineTrouble !== undefined ? 'resting' : 'ready';
  }

  return {
    start() {
      if (!end.signal.aborted) running ??= run();
    },
    stats: () => ({
      taken: journal.taken + lettersAtStart + deadLetters.found - foundBefore,
      delivered: journal.delivered + replays.delivered,
      atHand: journal.atHand,
      deadLettered: deadLetters.count,
      expired: deadLetters.expired - expiredBefore,
      failures,
      state: state(),
      trouble: machineTrouble ?? trouble,
      leftOut: readLeftOut(sink),
    }),
    replay: () => replays.request(),
    close(deadlineMs) {
      limit(deadlineMs);
      return (closing ??= close());
    },
  };
}
