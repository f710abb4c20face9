import type { Clock } from '../../../src/core/platform.ts';

export interface ManualClock extends Clock {
  /** Moves time on and runs what is due, in order. */
  advance(ms: number): void;
}

/** A clock that stands still until it is moved. */
export function createManualClock(startMs: number): ManualClock {
  let elapsedMs = 0;
  let tasks: { atMs: number; task: () => void }[] = [];
  return {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    after(delayMs, task) {
      const entry = { atMs: elapsedMs + delayMs, task };
      tasks.push(entry);
      return () => {
        tasks = tasks.filter((other) => other !== entry);
      };
    },
    advance(ms) {
      const untilMs = elapsedMs + ms;
      for (;;) {
        const due = tasks.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (due === undefined) break;
        tasks = tasks.filter((other) => other !== due);
        elapsedMs = due.atMs;
        due.task();
      }
      elapsedMs = untilMs;
    },
  };
}
