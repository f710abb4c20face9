import type { Store } from './query.ts';

/** The same store, whose queries reject with the code `aborted` once `signal` aborts, those that wait for their turn too. */
export const withSignal = (store: Store, signal: AbortSignal): Store => ({
  ...store,
  query: (sql, options) => store.query(sql, { ...options, signal }),
  select: (sql, parameters, options) => store.select(sql, parameters, { ...options, signal }),
});
