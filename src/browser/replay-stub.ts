import type { Metlog } from '../core/metlog.ts';
import type { Uncaught } from './captures/uncaught.ts';
import type { StandIn, Stub } from './stub.ts';

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

type Methods = Readonly<Record<string, ((...args: readonly unknown[]) => unknown) | undefined>>;

/**
 * Makes the calls that waited, each with the time at which it was made; what nobody caught goes through `uncaught`. Later calls on what the page holds
 * of the stub go to the client.
 */
export function replayStub(stub: Stub, metlog: Metlog, uncaught: Uncaught): void {
  stub.stop();
  stub.client = metlog;
  for (const [on, method, given, atMs, answer] of stub.calls.splice(0)) {
    if (method === 'uncaught') {
      uncaught.take(metlog, given[0] as Event, atMs);
      continue;
    }
    const result = (on.client as unknown as Methods)[method]?.(...withTime(method, given, atMs));
    if (method === 'child') (answer as StandIn).client = result as Metlog;
  }
  if (stub.leftOut > 0) metlog.incr('page.stub.left-out', { count: stub.leftOut });
}

function withTime(method: string, given: readonly unknown[], atMs: number): readonly unknown[] {
  const isDefined = method === 'send' && typeof given[0] !== 'string'; // a definition, and its metadata before the options
  const at = isDefined ? 2 : OPTIONS_AT[method];
  if (at === undefined) return given;
  const args = [...given];
  // A duration's time is its start.
  const timestamp = method === 'timing' ? atMs - Number(args[1]) : atMs;
  args[at] = { timestamp, ...(args[at] as object | undefined) };
  return args;
}
