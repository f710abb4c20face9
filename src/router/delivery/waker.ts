/** Lets one loop sleep until there is something to do. */
export interface Waker {
  wake(): void;
  /** Resolves at the next `wake`; at once if there was one since the last sleep. */
  sleep(): Promise<void>;
}

export function createWaker(): Waker {
  let isAwake = false;
  let rise: (() => void) | undefined;
  return {
    wake() {
      isAwake = true;
      rise?.();
    },
    async sleep() {
      if (!isAwake) await new Promise<void>((resolve) => (rise = resolve));
      isAwake = false;
      rise = undefined;
    },
  };
}
