import { expect, it } from 'vitest';
import { createMergeSchedule, type MergeSchedule } from '../../../src/router/archive/merge-schedule.ts';
import type { Merger } from '../../../src/store/merge/merge.ts';
import { createManualPlatform, type ManualPlatform } from '../../../src/testing/manual-clock.ts';

type Run = Parameters<Merger['run']>[0];

interface Bench {
  readonly schedule: MergeSchedule;
  readonly clock: ManualPlatform;
  readonly runs: readonly Run[];
  /** What was told, in order. */
  readonly told: readonly string[];
  /** Ends the run under way. */
  end(error?: Error): Promise<void>;
  readonly isClosed: () => boolean;
}

/** A schedule over a merger whose runs end when the test says so, or when it is closed. */
function open(promoteAfterMs?: number): Bench {
  const clock = createManualPlatform({ nowMs: 1_000_000 });
  const runs: Run[] = [];
  const told: string[] = [];
  let settle: (error?: Error) => void = () => undefined;
  let closed = false;
  const merger: Merger = {
    run: (run) =>
      new Promise((resolve, reject) => {
        runs.push(run);
        settle = (error) => {
          if (error === undefined) resolve({ mergedCount: 0, writtenCount: 0, removedCount: 0 });
          else reject(error);
        };
      }),
    close() {
      closed = true;
      settle(new Error('interrupted'));
      return Promise.resolve();
    },
  };
  const schedule = createMergeSchedule(
    merger,
    { everyMs: 10_000, promoteAfterMs },
    {
      clock,
      before: () => 7,
      onMerged: () => void told.push('merged'),
      onFailure: (error) => void told.push(String(error)),
    },
  );
  return {
    schedule,
    clock,
    runs,
    told,
    isClosed: () => closed,
    async end(error) {
      settle(error);
      await clock.settle();
    },
  };
}

it('merges after each pause, which begins when the run before has ended', async () => {
  const { schedule, clock, runs, told, end } = open(60_000);
  clock.advance(20_000);
  expect(runs).toEqual([]);
  schedule.start();
  clock.advance(9_999);
  expect(runs).toEqual([]);
  clock.advance(1);
  expect(runs).toEqual([{ before: 7, now: 1_030_000, promoteAfterMs: 60_000 }]);
  clock.advance(20_000);
  expect(runs).toHaveLength(1);
  await end();
  clock.advance(9_999);
  expect(runs).toHaveLength(1);
  clock.advance(1);
  expect(runs).toHaveLength(2);
  expect(told).toEqual(['merged']);
});

it('tells a run that failed, and merges again', async () => {
  const { schedule, clock, runs, told, end } = open();
  schedule.start();
  clock.advance(10_000);
  await end(new Error('the disk is full'));
  clock.advance(10_000);
  expect(runs).toHaveLength(2);
  await end();
  expect(told).toEqual(['Error: the disk is full', 'merged']);
});

it('begins no run once it is stopped, and lets the one under way end', async () => {
  const { schedule, clock, runs, told, end, isClosed } = open();
  schedule.start();
  clock.advance(10_000);
  schedule.stop();
  await end();
  clock.advance(100_000);
  expect(runs).toHaveLength(1);
  expect(told).toEqual(['merged']);
  expect(isClosed()).toBe(false);
});

it('interrupts the run under way when it is closed, which is no failure', async () => {
  const { schedule, clock, runs, told, isClosed } = open();
  schedule.start();
  clock.advance(10_000);
  await schedule.close();
  await schedule.close();
  clock.advance(100_000);
  expect(isClosed()).toBe(true);
  expect(runs).toHaveLength(1);
  expect(told).toEqual([]);
});
