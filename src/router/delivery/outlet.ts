import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../core/platform.ts';
import type { Track, TrackSource } from '../feed/track.ts';
import type { Cursor } from '../journal/cursor.ts';
import type { SinkFactory } from '../sink.ts';
import type { SinkKind, SinkSpec } from '../sinks/sink-spec.ts';
import { messageOf } from '../../core/text-of.ts';
import { createCursorKeeper, type CursorKeeper } from './cursor-keeper.ts';
import type { DeadLetters } from './dead-letters.ts';
import { closeSinks, type OpenedSink } from './opened-sinks.ts';
import type { ReplayResult } from './replay-result.ts';
import { createSinkRunner, type RunnerStats, type SinkRunner } from './runner.ts';
import type { SinkStats } from './sink-stats.ts';

/** One sink of the router: its way through the journal, its runner and its book. */
export interface Outlet {
  readonly name: string;
  readonly track: Track;
  /** Offset of the journal before which it needs nothing any more, whatever happens to this process. */
  readonly savedOffset: number;
  /** Whether this is what is configured for it now. */
  isFor(spec: SinkSpec | SinkFactory): boolean;
  stats(): SinkStats;
  /** Delivers its dead letters again. */
  replay(): Promise<ReplayResult>;
  /** `settled` of the track may have grown. */
  touch(): void;
  /** Puts another sink in the place of this one, which finishes what it has in hand; closes both if the outlet is closed meanwhile. Never rejects. */
  replace(opened: OpenedSink, deadlineMs: number): Promise<void>;
  /** Delivers what is there until the deadline, closes the sink and its dead letters, and brings the cursor to disk. Never rejects. */
  close(deadlineMs: number): Promise<void>;
}

export interface OutletParts {
  readonly track: Track;
  readonly cursor: Cursor;
  readonly opened: OpenedSink;
  /** Closed with the outlet. */
  readonly deadLetters: DeadLetters;
}

export interface OutletDeps {
  readonly clock: Clock;
  /** A number in [0, 1). */
  random(): number;
  /** The cursor on disk has moved. */
  onSaved(): void;
  onTrouble(text: string): void;
}

type Done = Pick<RunnerStats, 'delivered' | 'expired' | 'failures' | 'leftOut'>;
type LeftOut = RunnerStats['leftOut'];

/** Most messages a write, where the configuration does not say: a write has a price of its own, which a sink that has fallen behind must not pay often. */
const BATCH_MESSAGES: Readonly<Record<SinkKind, number>> = { file: 2_000, sentry: 500, statsd: 2_000, stdout: 2_000 };
/** For a back end of which nothing is known. */
const OTHER_BATCH_MESSAGES = 500;
const DEADLINE_MS = 10_000;

/** Begins to deliver. */
export function openOutlet({ track, cursor, opened, deadLetters }: OutletParts, deps: OutletDeps): Outlet {
  const { clock, onTrouble } = deps;
  let { spec, sink } = opened;
  let source: TrackSource;
  let runner: SinkRunner;
  /** What runners of earlier sinks have done. */
  let before: Done = { delivered: 0, expired: 0, failures: 0, leftOut: {} };
  let keeper: CursorKeeper;
  let isClosed = false;

  function run(): void {
    source = track.attach();
    // One for each sink: a flush that never ends is that sink's alone.
    keeper = createCursorKeeper({
      cursor,
      clock,
      settled: () => track.settled,
      flush: async () => sink.flush?.(),
      onSaved: deps.onSaved,
      onTrouble: (text) => onTrouble(`how far the sink ${track.name} is cannot be kept, and is tried again: ${text}`),
    });
    runner = createSinkRunner({
      name: track.name,
      sink,
      source,
      deadLetters,
      clock,
      random: deps.random,
      onTrouble,
      waiting: () => track.againCount + track.book.left,
      options: limitsOf(spec),
    });
    runner.start();
  }

  function stats(): SinkStats {
    const now: RunnerStats = runner.stats();
    const { delivered, expired } = before;
    const inJournal = track.againCount + track.book.left;
    const { oldestMs } = track;
    return {
      routed: delivered + expired + now.taken + inJournal + track.lostCount,
      delivered: delivered + now.delivered,
      waiting: now.atHand + inJournal,
      deadLettered: now.deadLettered,
      expired: expired + now.expired + track.lostCount,
      failures: before.failures + now.failures,
      state: now.state,
      trouble: now.trouble,
      leftOut: added(before.leftOut, now.leftOut),
      lagMs: oldestMs === undefined ? 0 : Math.max(0, clock.now() - oldestMs),
    };
  }

  run();
  return {
    name: track.name,
    track,
    get savedOffset() {
      return cursor.offset;
    },
    isFor: (other) => isDeepStrictEqual(other, spec),
    stats,
    replay: () => runner.replay(),
    touch: () => keeper.touch(),
    async replace(next, deadlineMs) {
      source.end();
      keeper.halt();
      try {
        await keeper.close(await runner.close(deadlineMs));
        // From here to where the next one runs nothing is awaited: what was done counts once.
        before = sumOf(before, runner.stats());
      } catch (error) {
        // A fault of this program: it is told, and the next one runs all the same.
        onTrouble(`${track.name}: replacing the sink failed: ${messageOf(error)}`);
      }
      if (isClosed) {
        await closeSinks([next], deps);
        return;
      }
      ({ spec, sink } = next);
      run();
    },
    async close(deadlineMs) {
      isClosed = true;
      keeper.halt();
      const hasClosed = await runner.close(deadlineMs);
      await deadLetters
        .close()
        .catch((error: unknown) => onTrouble(`${track.name}: closing the dead letters failed: ${messageOf(error)}`));
      await keeper.close(hasClosed);
    },
  };
}

const sumOf = (a: Done, b: Done): Done => ({
  delivered: a.delivered + b.delivered,
  expired: a.expired + b.expired,
  failures: a.failures + b.failures,
  leftOut: added(a.leftOut, b.leftOut),
});

/** What both left out. */
function added(a: LeftOut, b: LeftOut): LeftOut {
  const sums = new Map(Object.entries(a));
  for (const [reason, count] of Object.entries(b)) sums.set(reason, (sums.get(reason) ?? 0) + count);
  return Object.fromEntries(sums);
}

function limitsOf(spec: SinkSpec | SinkFactory): { batchMessages: number; deadlineMs: number } {
  if (typeof spec === 'function') return { batchMessages: OTHER_BATCH_MESSAGES, deadlineMs: DEADLINE_MS };
  const { batchMessages = BATCH_MESSAGES[spec.kind], deadlineMs = DEADLINE_MS } = spec;
  return { batchMessages, deadlineMs };
}
