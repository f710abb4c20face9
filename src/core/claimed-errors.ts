const KEY = 'metlog.claimed';

/** What bindings have sent. */
interface Claimed {
  /** Keeps no error alive. */
  readonly errors: WeakSet<object>;
  /** What is no object and comes again in a moment. */
  readonly echoes: unknown[];
}

/** One for all copies of this package in a page, ESM and CJS alike. */
function claimed(): Claimed {
  const holder = globalThis as { [key: symbol]: Claimed | undefined };
  const symbol = Symbol.for(KEY);
  return (holder[symbol] ??= { errors: new WeakSet(), echoes: [] });
}

/** Whether `thrown` comes for the first time. What is no object has no identity, and always does. */
export function claimError(thrown: unknown): boolean {
  if (!isObject(thrown)) return true;
  const { errors } = claimed();
  if (errors.has(thrown)) return false;
  errors.add(thrown);
  return true;
}

/** Whether `thrown` was claimed: a framework hands on to the page what its binding has sent with more to say of it. */
export function isClaimed(thrown: unknown): boolean {
  const { errors, echoes } = claimed();
  return isObject(thrown) ? errors.has(thrown) : echoes.includes(thrown ?? null);
}

/** Says that what was sent comes once more before the caller's task is done, so that it is known then even if it is no object. */
export function expectEcho(thrown: unknown): void {
  if (isObject(thrown)) return;
  claimed().echoes.push(thrown ?? null); // an event may say null for undefined
  void Promise.resolve().then(() => takeEcho(thrown)); // one that did not come must not hide what somebody else throws
}

/** Whether `thrown` is an echo that was expected; it is not any more. */
export function takeEcho(thrown: unknown): boolean {
  const { echoes } = claimed();
  const at = echoes.indexOf(thrown ?? null);
  if (at !== -1) echoes.splice(at, 1);
  return at !== -1;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
