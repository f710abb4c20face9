import type { LoggerHours } from './logger-hours.ts';
import type { ReportedDrops } from './reported-drops.ts';
import type { SenderShard } from './sender-shard.ts';
import type { Status } from './sender-status.ts';

/** What a ledger knows, for those that work on it. */
export interface LedgerState {
  readonly shards: readonly SenderShard[];
  readonly hours: LoggerHours;
  readonly drops: ReportedDrops;
  /** Senders by status. */
  readonly counts: Record<Status, number>;
  evicted: number;
  sinceMs: number;
  /** Of senders that began later nothing was forgotten. */
  knownSinceMs: number;
  gapCount: number;
  /** Whether what happens is written into the books; not so while it is taken again and they have it already. */
  isCounting: boolean;
  /** Moves with each change. */
  revision: number;
}
