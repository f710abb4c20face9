import type { Metlog } from '../core/metlog.ts';
import { createIdleTimer } from '../core/timer.ts';

/** A client that says nothing, for a page that has done such things to its globals that there can be no other. */
export function createSilentClient(): Metlog {
  const members: Readonly<Record<string, unknown>> = {
    time: (_: string, run: () => unknown) => run(),
    timer: createIdleTimer,
    child: createSilentClient,
    flush: () => Promise.resolve(true),
    close: () => Promise.resolve(),
    stats: { accepted: 0, sent: 0, queued: 0, merged: 0, dropped: {} },
  };
  return new Proxy({} as Metlog, { get: (_, name) => members[String(name)] ?? (() => undefined) });
}
