import type { LedgerImage } from './ledger-image.ts';
import type { LedgerSummary, SenderCounts } from './ledger-summary.ts';

/** Which messages of a datagram are new: all, none, or those in flat pairs `from, to (excluded)`, counted from the datagram's first. */
export type Fresh = 'all' | 'none' | readonly number[];

export interface LedgerStats extends SenderCounts {
  /** Senders remembered now. */
  readonly senders: number;
  /** Numbers that senders gave out and that have not come, of all senders since the book began: a lower bound while any is open or ended silently. */
  readonly missing: number;
  /** Gaps too long to be believed; they are not in `missing`. */
  readonly implausible: number;
}

/** What is known of one sender. */
export interface SenderBook {
  readonly status: 'open' | 'closed' | 'silent';
  /** The number after the highest received. */
  readonly next: number;
  /** Numbers below it that have not come; a lower bound unless the sender is closed. */
  readonly missing: number;
}

/** Knows of each sender which of its numbers have come, so that nothing is taken twice and what is lost shows. */
export interface SenderLedger {
  /** Notes that the messages `seq` to `seq + count` (excluded) came, and tells which of them are new. */
  take(sender: string, seq: number, count: number, nowMs: number, logger: string): Fresh;
  /** Notes a sender's report: a line that was taken, with the last number before `end`. */
  report(sender: string, end: number, line: string, nowMs: number): void;
  /** Forgets that these numbers came, as they could not be kept: when they are sent again, they are new. */
  giveBack(sender: string, from: number, to: number): void;
  /** Notes who has fallen silent, and forgets those that have been for too long. To be called every second. */
  sweep(nowMs: number): void;
  book(sender: string): SenderBook | undefined;
  stats(): LedgerStats;
  summary(): LedgerSummary;
  /** What is saved of it, and is taken up again. */
  readonly image: LedgerImage;
}
