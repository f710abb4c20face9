import type { Clock } from '../core/platform.ts';
import type { Store } from '../store/query.ts';
import { summarise, type Summary } from '../store/summarise.ts';
import type { RouterBooks } from './books.ts';
import { destOf } from './dest-of.ts';
import type { RouterPort } from './router-port.ts';

/** What `/api/summary` answers. */
export interface SummaryAnswer {
  readonly summary: Summary;
  /** Where messages are sent to, e.g. `udp://127.0.0.1:5565`. */
  readonly dest: string;
  /** The router's books: what was taken, refused and lost. */
  readonly router: RouterBooks;
}

/** A summary is at most this old, so that many pages ask the archive no more often than one does. */
const MAX_AGE_MS = 1_000;

/** A function that summarises the archive; calls that come close together share one answer. */
export function createSummary(
  store: Store,
  router: Pick<RouterPort, 'stats' | 'address'>,
  clock: Pick<Clock, 'monotonic'>,
): () => Promise<SummaryAnswer> {
  const dest = destOf(router.address);
  let latest: Promise<Summary> | undefined;
  let latestMs = Number.NEGATIVE_INFINITY;

  function summariseNow(): Promise<Summary> {
    if (latest !== undefined && clock.monotonic() - latestMs < MAX_AGE_MS) return latest;
    const summary = summarise(store);
    latestMs = clock.monotonic();
    latest = summary;
    summary.catch(() => (latest = undefined)); // its callers are told; the next one asks anew
    return summary;
  }

  return async () => ({ dest, summary: await summariseNow(), router: await router.stats() });
}
