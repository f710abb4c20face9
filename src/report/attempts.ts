import type { Clock } from '../core/platform.ts';
import { createTokenBuckets, type Rate } from '../core/token-buckets.ts';

/** Wrong tokens of one client: what a person mistypes, then 720 an hour. */
const OF_ONE: Rate = { ratePerSecond: 0.2, burst: 10 };
/**
 * Wrong tokens of all clients who never had the right one. It takes some 500 addresses at once to use this up. Of 10,000 buckets none is
 * forgotten before 100 s at this rate, when it is full again: with ever new addresses there is no more to be had.
 */
const OF_ALL: Rate = { ratePerSecond: 100, burst: 500 };
/** No client has this name, as none is so long. */
const ALL = 'all clients who never had the right token';
/** Clients who had the right token: their addresses, of those seen last. */
const MAX_KNOWN = 10_000;

/**
 * Slows down who tries tokens. A client that has tried too many wrong ones has to wait before another of its tokens is looked at, be it right or
 * wrong: whoever lets the right one in at once tells a guesser all that he wants to know. Nobody else waits for it. When all together have tried
 * too many, clients that never had the right token wait too; others, and all who have signed in, do not notice.
 */
export interface Attempts {
  /** How long this client has to wait before a token of it is looked at, in milliseconds; 0: not at all. */
  waitMs(client: string): number;
  failed(client: string): void;
  succeeded(client: string): void;
}

export function createAttempts(clock: Pick<Clock, 'monotonic'>): Attempts {
  const buckets = createTokenBuckets(clock);
  const known = new Set<string>(); // who was right last comes last

  return {
    waitMs: (client) => Math.max(buckets.waitMs(client, OF_ONE), known.has(client) ? 0 : buckets.waitMs(ALL, OF_ALL)),
    failed(client) {
      buckets.take(client, OF_ONE);
      if (!known.has(client)) buckets.take(ALL, OF_ALL);
    },
    succeeded(client) {
      known.delete(client);
      known.add(client);
      if (known.size <= MAX_KNOWN) return;
      for (const oldest of known) {
        known.delete(oldest);
        break;
      }
    },
  };
}
