import { backOffMs } from './back-off.ts';

/** Decides how long a failing back end is left alone. */
export interface Breaker {
  /** So many failures in a row that it only gets an attempt now and then, with a single message. */
  readonly isOpen: boolean;
  /** The back end got something done. */
  worked(): void;
  /** The back end failed; the result is how long it is left alone, in milliseconds. */
  failed(): number;
  /** The back end asked to wait so long; the result is how long it is left alone: that, an hour at most, or longer if it asks on and on. */
  askedToWait(patienceMs: number): number;
}

/** Failures in a row that open it. */
const OPEN_AFTER = 5;
/** Least pause of an open one: full jitter alone might try again at once. */
const OPEN_PAUSE_MS = 1_000;
/** A back end that asks for more has a wrong clock, or means "not today". */
const MAX_PATIENCE_MS = 3_600_000;

/**
 * Makes a breaker, closed. Any success closes it. Without a clock of its own: whoever asks it waits.
 * That an attempt is made with one message is not its doing: a batch that has failed that often is sifted by then.
 */
export function createBreaker(random: () => number): Breaker {
  let failures = 0;
  let pauses = 0; // failures and requests to wait, in a row
  return {
    get isOpen() {
      return failures >= OPEN_AFTER;
    },
    worked() {
      failures = 0;
      pauses = 0;
    },
    failed() {
      failures++;
      pauses++;
      return Math.max(backOffMs(pauses, random), failures >= OPEN_AFTER ? OPEN_PAUSE_MS : 0);
    },
    askedToWait(patienceMs) {
      pauses++;
      return Math.max(backOffMs(pauses, random), Math.min(patienceMs, MAX_PATIENCE_MS));
    },
  };
}
