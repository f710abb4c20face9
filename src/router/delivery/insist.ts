import type { Cancel, Clock } from '../../core/platform.ts';
import { messageOf } from '../../core/text-of.ts';
import { backOffMs } from './back-off.ts';

/** Does what depends on this machine alone, such as its disk, again and again until it works. */
export interface Insist {
  /** Resolves to undefined if it has failed and the end has come. */
  <T>(what: string, task: () => Promise<T>): Promise<{ readonly value: T } | undefined>;
}

export interface InsistDeps {
  readonly clock: Clock;
  readonly random: () => number;
  tell(text: string): void;
  /** Why it waits, or undefined when it does no longer. */
  onTrouble(trouble: string | undefined): void;
  /** When aborted, each task gets one attempt. */
  readonly end: AbortSignal;
}

export function createInsist({ clock, random, tell, onTrouble, end }: InsistDeps): Insist {
  return async (what, task) => {
    for (let failures = 0; ;) {
      try {
        const value = await task();
        if (failures > 0) tell(`${what} works again`);
        return { value };
      } catch (error) {
        const trouble = `${what} failed: ${messageOf(error)}`;
        if (++failures === 1) tell(`${trouble}; it is tried again`);
        onTrouble(trouble);
      }
      if (!end.aborted) await pause(backOffMs(failures, random), clock, end);
      onTrouble(undefined);
      if (end.aborted) return undefined;
    }
  };
}

function pause(durationMs: number, clock: Clock, end: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let cancel: Cancel | undefined = undefined;
    const over = (): void => {
      cancel?.();
      end.removeEventListener('abort', over);
      resolve();
    };
    end.addEventListener('abort', over);
    cancel = clock.after(durationMs, over);
  });
}
