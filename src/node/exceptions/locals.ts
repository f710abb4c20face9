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

const KEY = 'metlog.locals.1';

/** The calls by what was thrown: one for all copies of this package in a thread, ESM and CJS alike. It keeps no error alive. */
function kept(): WeakMap<object, readonly PausedCall[]> {
  const holder = globalThis as { [key: symbol]: WeakMap<object, readonly PausedCall[]> | undefined };
  return (holder[Symbol.for(KEY)] ??= new WeakMap());
}

/** Keeps the calls of the application, innermost first, for as long as `thrown` lives. The first that are kept stay: it may be thrown again further out. */
export function keepLocals(thrown: object, calls: readonly PausedCall[]): void {
  const all = kept();
  if (!all.has(thrown)) all.set(thrown, calls);
}

/** The calls kept for `thrown`, innermost first. */
export function localsOf(thrown: unknown): readonly PausedCall[] {
  return typeof thrown === 'object' && thrown !== null ? (kept().get(thrown) ?? []) : [];
}
