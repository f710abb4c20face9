import type { Clock } from '../core/platform.ts';

/** How often something may be done: `burst` times at once, and `ratePerSecond` times a second in the long run. */
export interface Rate {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** A token bucket for each name. */
export interface TokenBuckets {
  /** Takes a token from the bucket of `name`. Returns 0, or how long it takes until there is one, in milliseconds. */
  take(name: string, rate: Rate): number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Past it, the bucket goes that was not asked for the longest time: by then it is nearly full, as a new one is. A bucket has some 200 bytes. */
const MAX_BUCKETS = 10_000;

export function createTokenBuckets(clock: Pick<Clock, 'monotonic'>, maxBuckets: number = MAX_BUCKETS): TokenBuckets {
  const buckets = new Map<string, Bucket>(); // the one asked last comes last

  function bucketOf(name: string, burst: number, nowMs: number): Bucket {
    const bucket = buckets.get(name) ?? { tokens: burst, atMs: nowMs };
    buckets.delete(name);
    buckets.set(name, bucket);
    if (buckets.size > maxBuckets) {
      for (const [oldest] of buckets) {
        buckets.delete(oldest);
        break;
      }
    }
    return bucket;
  }

  return {
    take(name, { ratePerSecond, burst }) {
      const nowMs = clock.monotonic();
      const bucket = bucketOf(name, burst, nowMs);
      bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) * ratePerSecond) / 1_000);
      bucket.atMs = nowMs;
      if (bucket.tokens < 1) return ((1 - bucket.tokens) * 1_000) / ratePerSecond;
      bucket.tokens--;
      return 0;
    },
  };
}
