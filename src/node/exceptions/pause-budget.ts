import type { Cancel, Clock } from '../../core/platform.ts';

/** Pauses that one second may have, and how long several may take in it together, in milliseconds: the first of all may be slow, as nothing is compiled yet. */
const MAX_PAUSES = 50;
const MAX_PAUSED_MS = 100;
const WINDOW_MS = 1_000;
/** How long it rests once that is used up, in milliseconds; twice as long each time, and as at first after a window that was quiet. */
const MIN_REST_MS = 5_000;
const MAX_REST_MS = 3_600_000;

export interface PauseBudget {
  /** Counts a pause and how long it took, in milliseconds. */
  spend(elapsedMs: number): void;
  end(): void;
}

/** Calls `rest` with how long it will be, in milliseconds, when pauses have become too many or too long, and `resume` after that. */
export function createPauseBudget(clock: Clock, rest: (restMs: number) => void, resume: () => void): PauseBudget {
  let startedMs = clock.monotonic();
  let pauses = 0;
  let pausedMs = 0;
  let isFirst = true;
  let restMs = MIN_REST_MS;
  let cancel: Cancel | undefined;

  function begin(): void {
    startedMs = clock.monotonic();
    pauses = 0;
    pausedMs = 0;
  }

  return {
    spend(elapsedMs) {
      if (cancel) return;
      if (clock.monotonic() - startedMs >= WINDOW_MS) {
        if (clock.monotonic() - startedMs >= WINDOW_MS + restMs) restMs = MIN_REST_MS;
        begin();
      }
      pauses += 1;
      if (!isFirst) pausedMs += elapsedMs;
      isFirst = false;
      if (pauses < MAX_PAUSES && pausedMs < MAX_PAUSED_MS) return;
      rest(restMs);
      cancel = clock.after(restMs, () => {
        cancel = undefined;
        begin();
        resume();
      });
      restMs = Math.min(restMs * 2, MAX_REST_MS);
    },
    end() {
      cancel?.();
    },
  };
}
