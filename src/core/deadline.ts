import type { Cancel, Clock } from './platform.ts';

/** A time that waiting ends at. */
export interface Deadline {
  /** Resolves once it has passed; never, if it is cancelled before. */
  readonly passing: Promise<void>;
  hasPassed(): boolean;
  readonly cancel: Cancel;
}

/** Longest delay that a runtime's timers take: 2^31 - 1 milliseconds. */
const MAX_DELAY_MS = 2_147_483_647;

/** A deadline in `timeoutMs` milliseconds. What is no number, or no time, is at once. */
export function startDeadline(clock: Pick<Clock, 'after'>, timeoutMs: number): Deadline {
  let passed = false;
  let cancel: Cancel = () => undefined;
  const passing = new Promise<void>((resolve) => {
    // Written so that NaN and what is no number count as no time at all.
    cancel = clock.after(timeoutMs > 0 ? Math.min(timeoutMs, MAX_DELAY_MS) : 0, () => {
      passed = true;
      resolve();
    });
  });
  return { passing, hasPassed: () => passed, cancel };
}
