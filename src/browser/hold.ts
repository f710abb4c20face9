import type { Cancel, Platform } from '../core/platform.ts';

/** A pause of everything, which nothing shortens. */
export interface Hold {
  readonly isOn: boolean;
  /** Holds for `delayMs` milliseconds from now, unless it does so for longer. */
  begin(delayMs: number): void;
  end(): void;
}

/** `onOver` is called when the time has passed. */
export function createHold(platform: Pick<Platform, 'monotonic' | 'after'>, onOver: () => void): Hold {
  let untilMs = -Infinity;
  let cancel: Cancel | undefined;

  function end(): void {
    cancel?.();
    cancel = undefined;
  }

  return {
    get isOn() {
      return cancel !== undefined;
    },
    begin(delayMs) {
      const wantedMs = platform.monotonic() + delayMs;
      // A clock that stands or goes back leaves a time that is over ahead of it.
      if (cancel !== undefined && wantedMs <= untilMs) return;
      untilMs = wantedMs;
      end();
      cancel = platform.after(delayMs, () => {
        end();
        onOver();
      });
    },
    end,
  };
}
