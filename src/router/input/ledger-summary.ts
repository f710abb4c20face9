import type { LoggerHour } from './logger-hours.ts';
import type { PathBook } from './path-book.ts';
import type { LedgerState } from './ledger-state.ts';
import { NONE } from './sender-shard.ts';
import { CLOSED, OPEN, SILENT, statusOf } from './sender-status.ts';

/** A sender that may still say something, and of which much is missing. */
export interface OpenSender {
  /** Its name; one of more than 16 characters is a digest behind `#`. */
  readonly sender: string;
  readonly logger: string;
  /** How many numbers it has given out, as far as is known. */
  readonly next: number;
  /** How many of them have not come. */
  readonly missing: number;
  /** When it was last heard of, in epoch milliseconds. */
  readonly seenMs: number;
}

/**
 * The path's book, as plain data.
 *
 * - `total` is the sum of `rows`. It never shrinks but for what comes late, and goes on after a restart.
 * - `total.numbered = total.received + total.missing + total.uncounted` at every moment. The last are numbers in implausible gaps, numbers before the
 *   first one that came of a sender which may have been heard of and forgotten, and messages that could not be journaled.
 * - `total.missing` is exact if no sender is open and `total.silent` is 0; otherwise it is a lower bound. A row's `missing` stands in the hour in which the
 *   gap was seen, and what came late is taken off the newest hours.
 * - The rate of loss of any set of rows is `missing / (received + missing)`, with "≥" where `silent` or `senders.open` is not 0.
 */
export interface LedgerSummary {
  /** Since when the book is kept, in epoch milliseconds. */
  readonly sinceMs: number;
  readonly senders: SenderCounts;
  readonly total: PathBook & { readonly uncounted: number };
  /** By logger and hour of receipt, newest hour first. Before the last 48 hours, fewer with more than 200 loggers, there is one row a logger, with `hourMs: null`; of more than 1,000 loggers the rest is `(other)`. */
  readonly rows: readonly LoggerHour[];
  /** The open senders of which most is missing, at most 20, worst first. */
  readonly worst: readonly OpenSender[];
}

/** Senders that are remembered, by what is known of them. */
export interface SenderCounts {
  /** Heard of in the last ten minutes, and not closed. */
  readonly open: number;
  /** Reported their end: what is known of them is all. */
  readonly closed: number;
  /** Not heard of for ten minutes, though one that lives reports each minute: nobody knows what they sent last. */
  readonly silent: number;
  /** Forgotten because there were too many, since the book began. */
  readonly evicted: number;
}

/** Open senders that a summary names. */
const WORST_SENDERS = 20;

export function summarize(state: LedgerState): LedgerSummary {
  const { hours, counts, sinceMs, evicted } = state;
  const total = hours.total();
  const { [OPEN]: open, [CLOSED]: closed, [SILENT]: silent } = counts;
  return {
    sinceMs,
    senders: { open, closed, silent, evicted },
    total: { ...total, uncounted: total.numbered - total.received - total.missing },
    rows: hours.rows(),
    worst: worstOf(state),
  };
}

function worstOf({ shards, hours }: LedgerState): OpenSender[] {
  const worst: OpenSender[] = [];
  for (const shard of shards) {
    if (shard.gaps.count === 0) continue;
    // Before it nobody is open.
    for (let slot = shard.firstNotQuiet; slot !== NONE; slot = shard.newerThan(slot)) {
      if (!shard.gaps.has(slot) || statusOf(shard.state[slot] ?? 0) !== OPEN) continue;
      const missing = shard.gaps.missingOf(slot);
      const least = worst.length < WORST_SENDERS ? 0 : (worst.at(-1)?.missing ?? 0);
      if (missing <= least) continue;
      const place = worst.findIndex((other) => other.missing < missing);
      worst.splice(place === -1 ? worst.length : place, 0, {
        sender: shard.nameOf(slot),
        logger: hours.nameOf(shard.logger[slot] ?? 0),
        next: shard.next[slot] ?? 0,
        missing,
        seenMs: (shard.seenSecond[slot] ?? 0) * 1000,
      });
      worst.length = Math.min(worst.length, WORST_SENDERS);
    }
  }
  return worst;
}
