import type { Cancel, Clock } from '../../core/platform.ts';

/** A time in which something is not done. */
export interface Rest {
  readonly isOn: boolean;
  /** Begins, or begins anew. */
  start(durationMs: number): void;
  /** Ends it before its time, without `onOver`. */
  end(): void;
}

/** Calls `onOver` when the time is over. */
export function createRest(clock: Pick<Clock, 'after'>, onOver: () => void): Rest {
  let cancel: Cancel | undefined;
  return {
    get isOn() {
      return cancel !== undefined;
    },
    start(durationMs) {
      cancel?.();
      cancel = clock.after(durationMs, () => {
        cancel = undefined;
        onOver();
      });
    },
    end() {
      cancel?.();
      cancel = undefined;
    },
  };
}
