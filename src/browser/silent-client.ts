import type { Metlog } from '../core/metlog.ts';
import { createIdleTimer } from '../core/timer.ts';

const nothing = (): void => undefined;

/** A client that says nothing, for a page that has done such things to its globals that there can be no other. */
export function createSilentClient(): Metlog {
  return {
    send: nothing,
    incr: nothing,
    gauge: nothing,
    time: (_, run) => run(),
    timing: nothing,
    timer: createIdleTimer,
    exception: nothing,
    debug: nothing,
    info: nothing,
    notice: nothing,
    warn: nothing,
    error: nothing,
    critical: nothing,
    alert: nothing,
    emergency: nothing,
    addFlavor: nothing,
    setMetadata: nothing,
    use: nothing,
    child: createSilentClient,
    setEnabled: nothing,
    setMetlogDest: nothing,
    flush: () => Promise.resolve(true),
    close: () => Promise.resolve(),
    stats: { accepted: 0, sent: 0, queued: 0, merged: 0, dropped: {} },
  };
}
