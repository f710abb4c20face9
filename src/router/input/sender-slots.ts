import { joinLowest, type Gaps } from './gaps.ts';
import type { LedgerState } from './ledger-state.ts';
import type { LoggerHours } from './logger-hours.ts';
import { emptyPathBook, type MutablePathBook } from './path-book.ts';
import type { SenderShard } from './sender-shard.ts';
import { CLOSED, HAD_DROPS, OPEN, SILENT, statusOf, withStatus, type Status } from './sender-status.ts';

/** What can be done to a sender that has a slot. */
export interface Slots {
  /** The book of its logger in this hour. */
  bookOf(shard: SenderShard, slot: number, nowMs: number): MutablePathBook;
  /** Takes back what its logger's books have counted. */
  takeBack(shard: SenderShard, slot: number, name: Parameters<LoggerHours['takeBack']>[1], count: number): void;
  /** When it was heard of last, in epoch milliseconds. */
  seenMs(shard: SenderShard, slot: number): number;
  setFlag(shard: SenderShard, slot: number, flag: number, isSet: boolean): void;
  hasFlag(shard: SenderShard, slot: number, flag: number): boolean;
  /** Has `change` work on its gaps, of which it may have more afterwards while there is room. */
  editGaps<T>(shard: SenderShard, slot: number, change: (gaps: Gaps) => T): T;
  /** It says something, so it is not silent; and if that is new, it has not ended. */
  revive(shard: SenderShard, slot: number, isNew: boolean): void;
  /** It has ended, if it was open. */
  end(shard: SenderShard, slot: number, status: typeof CLOSED | typeof SILENT, nowMs: number): void;
  /** Forgets it. What is known of it stays in the books; that it may come back makes heads unknown. */
  forget(shard: SenderShard, slot: number, nowMs: number): void;
}

/** Gaps past which a sender that has one gets no further one, but its two lowest joined: 14 MB. */
const MAX_GAPS_IN_ALL = 500_000;
const GAP_WIDTH = 3;

export function createSlots(state: LedgerState): Slots {
  const { hours, drops, counts } = state;
  const gaps: Gaps = [];
  const noBook = emptyPathBook();

  const bookOf = (shard: SenderShard, slot: number, nowMs: number): MutablePathBook =>
    state.isCounting ? hours.now(shard.logger[slot] ?? 0, nowMs) : noBook;

  function takeBack(
    shard: SenderShard,
    slot: number,
    name: Parameters<LoggerHours['takeBack']>[1],
    count: number,
  ): void {
    if (state.isCounting && count > 0) hours.takeBack(shard.logger[slot] ?? 0, name, count);
  }

  const seenMs = (shard: SenderShard, slot: number): number => (shard.seenSecond[slot] ?? 0) * 1000;

  function setStatus(shard: SenderShard, slot: number, status: Status): void {
    const was = shard.state[slot] ?? 0;
    counts[statusOf(was)]--;
    counts[status]++;
    shard.state[slot] = withStatus(was, status);
  }

  function setFlag(shard: SenderShard, slot: number, flag: number, isSet: boolean): void {
    const was = shard.state[slot] ?? 0;
    shard.state[slot] = isSet ? was | flag : was & ~flag;
  }

  const hasFlag = (shard: SenderShard, slot: number, flag: number): boolean => ((shard.state[slot] ?? 0) & flag) !== 0;

  function editGaps<T>(shard: SenderShard, slot: number, change: (gaps: Gaps) => T): T {
    const before = shard.gaps.count;
    shard.gaps.load(slot, gaps);
    const countBefore = gaps.length;
    const result = change(gaps);
    if (gaps.length > countBefore && countBefore > 0 && state.gapCount >= MAX_GAPS_IN_ALL) {
      joinLowest(gaps, countBefore / GAP_WIDTH);
    }
    shard.gaps.store(slot, gaps);
    state.gapCount += shard.gaps.count - before;
    return result;
  }

  function revive(shard: SenderShard, slot: number, isNew: boolean): void {
    const status = statusOf(shard.state[slot] ?? 0);
    if (status === OPEN || (status === CLOSED && !isNew)) return;
    takeBack(shard, slot, status === CLOSED ? 'closed' : 'silent', 1);
    setStatus(shard, slot, OPEN);
  }

  function end(shard: SenderShard, slot: number, status: typeof CLOSED | typeof SILENT, nowMs: number): void {
    if (statusOf(shard.state[slot] ?? 0) !== OPEN) return;
    bookOf(shard, slot, nowMs)[status === CLOSED ? 'closed' : 'silent']++;
    setStatus(shard, slot, status);
    state.revision++;
  }

  function forget(shard: SenderShard, slot: number, nowMs: number): void {
    end(shard, slot, SILENT, nowMs);
    state.knownSinceMs = Math.max(state.knownSinceMs, seenMs(shard, slot) + 1000);
    counts[statusOf(shard.state[slot] ?? 0)]--;
    const gapsBefore = shard.gaps.count;
    if (hasFlag(shard, slot, HAD_DROPS)) drops.forget(shard.nameOf(slot));
    hours.release(shard.logger[slot] ?? 0);
    shard.remove(slot);
    state.gapCount += shard.gaps.count - gapsBefore;
    state.revision++;
  }

  return { bookOf, takeBack, seenMs, setFlag, hasFlag, editGaps, revive, end, forget };
}
