import type { JsonObject } from '../../core/json.ts';

/** A call as it stood when something was thrown. */
export interface PausedCall {
  readonly function: string;
  /** A path, or an address that is none of a file. */
  readonly filename: string;
  /** From 1. */
  readonly lineno: number;
  readonly vars: JsonObject;
}

interface Kept {
  readonly calls: WeakMap<object, readonly PausedCall[]>;
  /** How many descriptions of exceptions are under way: what is thrown in them is our own. */
  describing: number;
}

const KEY = 'metlog.locals.1';

/** One for all copies of this package in a thread, ESM and CJS alike. It keeps no error alive. */
function kept(): Kept {
  const holder = globalThis as { [key: symbol]: Kept | undefined };
  return (holder[Symbol.for(KEY)] ??= { calls: new WeakMap(), describing: 0 });
}

/** Keeps the calls of the application, innermost first, for as long as `thrown` lives. The first that are kept stay: it may be thrown again further out. */
export function keepLocals(thrown: object, calls: readonly PausedCall[]): void {
  const all = kept().calls;
  if (!all.has(thrown)) all.set(thrown, calls);
}

/** The calls kept for `thrown`, innermost first. */
export function localsOf(thrown: unknown): readonly PausedCall[] {
  return typeof thrown === 'object' && thrown !== null ? (kept().calls.get(thrown) ?? []) : [];
}

/** Runs `describe`, during which nothing is kept, and stacks are written without asking whether V8 is paused. */
export function whileDescribing<T>(describe: () => T): T {
  const all = kept();
  all.describing += 1;
  try {
    return describe();
  } finally {
    all.describing -= 1;
  }
}

export const isDescribing = (): boolean => kept().describing > 0;
