import type { Clock } from './platform.ts';

/** How often something may be done: `burst` times at once, and `ratePerSecond` times a second in the long run. */
export interface Rate {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** A token bucket for each name. */
export interface TokenBuckets {
  /** Takes a token from the bucket of `name`. Returns 0, or how long it takes until there is one, in milliseconds. */
  take(name: string, rate: Rate): number;
  /** The same without taking it: 0, or how long it takes until there is one, in milliseconds. */
  waitMs(name: string, rate: Rate): number;
}

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

/** Past it, the bucket goes that was not asked for the longest time: by then it is nearly full, as a new one is. A bucket has some 200 bytes. */
const MAX_BUCKETS = 10_000;

export function createTokenBuckets(clock: Pick<Clock, 'monotonic'>, maxBuckets: number = MAX_BUCKETS): TokenBuckets {
  const buckets = new Map<string, Bucket>(); // the one taken from last comes last

  /** What the bucket holds by now. */
  function tokensOf(name: string, { ratePerSecond, burst }: Rate, nowMs: number): number {
    const bucket = buckets.get(name);
    if (bucket === undefined) return burst;
    return Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) * ratePerSecond) / 1_000);
  }

  function put(name: string, bucket: Bucket): void {
    buckets.delete(name);
    buckets.set(name, bucket);
    if (buckets.size <= maxBuckets) return;
    for (const [oldest] of buckets) {
      buckets.delete(oldest);
      break;
    }
  }

  return {
    take(name, rate) {
      const nowMs = clock.monotonic();
      const tokens = tokensOf(name, rate, nowMs);
      put(name, { tokens: tokens < 1 ? tokens : tokens - 1, atMs: nowMs });
      return untilOne(tokens, rate);
    },
    waitMs: (name, rate) => untilOne(tokensOf(name, rate, clock.monotonic()), rate),
  };
}

const untilOne = (tokens: number, { ratePerSecond }: Rate): number =>
  tokens < 1 ? ((1 - tokens) * 1_000) / ratePerSecond : 0;
