import type { Metlog } from '../core/metlog.ts';
import type { StubCall } from './stub.ts';

/** What stood in for the client. */
export interface Stub {
  readonly calls: readonly StubCall[];
  /** Ends its listening. */
  stop?(): void;
}

/** Where each call has its options; those that are not here record nothing. */
const OPTIONS_AT: Readonly<Record<string, number>> = {
  send: 1,
  incr: 1,
  exception: 1,
  debug: 1,
  info: 1,
  notice: 1,
  warn: 1,
  error: 1,
  critical: 1,
  alert: 1,
  emergency: 1,
  gauge: 2,
  timing: 2,
};

/** Makes the calls that waited, each with the time at which it was made. */
export function replayStub(stub: Stub, metlog: Metlog): void {
  stub.stop?.();
  for (const [method, given, atMs] of stub.calls) {
    const args = [...given];
    const at = OPTIONS_AT[method];
    // A duration's time is its start.
    const timestamp = method === 'timing' ? atMs - Number(args[1]) : atMs;
    if (at !== undefined) args[at] = { timestamp, ...(args[at] as object | undefined) };
    (metlog as unknown as Record<string, ((...args: unknown[]) => void) | undefined>)[method]?.(...args);
  }
}
