import type { Stage } from '../node/requests.ts';

/** What a middleware calls when it is done. Some frameworks take a second thing from it, some answer with a promise of what comes after. */
export type Next = (error?: unknown, value?: unknown) => unknown;

/** Calls a middleware or handler, and ends `stage` with what comes first: its promise, or its call of `next`. */
export function followCall(stage: Stage, next: Next, call: (next: Next) => unknown): unknown {
  return followResult(stage, () =>
    call((error, value) => {
      stage.end(isFailure(error));
      return next(error, value);
    }),
  );
}

/** Calls a handler, and ends `stage` with its promise, if it returns one. Nothing else is changed: a rejection that nobody handles stays one. */
export function followResult(stage: Stage, call: () => unknown): unknown {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    stage.end(true);
    throw error;
  }
  if (!(result instanceof Promise)) return result;
  return result.then(
    (value: unknown) => {
      stage.end(false);
      return value;
    },
    (error: unknown) => {
      stage.end(true);
      throw error;
    },
  );
}

/** Express hands on where to go on by `next` as well. */
const isFailure = (error: unknown): boolean => Boolean(error) && error !== 'route' && error !== 'router';
