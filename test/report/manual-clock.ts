import type { Cancel, Clock } from '../../src/core/platform.ts';

export interface ManualClock extends Clock {
  /** Moves time on, running what falls due. */
  advance(byMs: number): void;
}

export function createManualClock(): ManualClock {
  let nowMs = 0;
  let tasks: { readonly dueMs: number; readonly run: () => void }[] = [];
  return {
    now: () => nowMs,
    monotonic: () => nowMs,
    after(delayMs, run): Cancel {
      const task = { dueMs: nowMs + delayMs, run };
      tasks.push(task);
      return () => {
        tasks = tasks.filter((other) => other !== task);
      };
    },
    advance(byMs) {
      const endMs = nowMs + byMs;
      for (;;) {
        const [next] = tasks.filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs);
        if (next === undefined) break;
        tasks = tasks.filter((task) => task !== next);
        nowMs = next.dueMs;
        next.run();
      }
      nowMs = endMs;
    },
  };
}
