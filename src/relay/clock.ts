import type { Clock } from '../core/platform.ts';

/** Time in any web-standard runtime. */
export const webClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  // Not unref'd, which not every runtime knows: what waits here is cancelled with the request that it belongs to.
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};
