const KEY = 'metlog.claimed';

/** The errors that a binding has sent: one set for all copies of this package in a page, ESM and CJS alike. It keeps no error alive. */
function claimed(): WeakSet<object> {
  const holder = globalThis as { [key: symbol]: WeakSet<object> | undefined };
  const symbol = Symbol.for(KEY);
  return (holder[symbol] ??= new WeakSet());
}

/** Whether `thrown` comes for the first time. What is no object has no identity, and always does. */
export function claimError(thrown: unknown): boolean {
  if (!isObject(thrown)) return true;
  const errors = claimed();
  if (errors.has(thrown)) return false;
  errors.add(thrown);
  return true;
}

/** Whether `thrown` was claimed: a framework hands on to the page what its binding has sent with more to say of it. */
export function isClaimed(thrown: unknown): boolean {
  return isObject(thrown) && claimed().has(thrown);
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
