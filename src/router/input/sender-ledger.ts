import { randomInt } from 'node:crypto';
import { addGap, countUnknown, reopen, takeFromGaps } from './gaps.ts';
import type { Fresh, SenderLedger } from './ledger.ts';
import { createLedgerImage } from './ledger-image.ts';
import type { LedgerState } from './ledger-state.ts';
import { summarize } from './ledger-summary.ts';
import { createLoggerHours } from './logger-hours.ts';
import { addDropped, type MutablePathBook } from './path-book.ts';
import { readReport } from './read-report.ts';
import { createReportedDrops } from './reported-drops.ts';
import { KEY_WORDS, readSenderKey } from './sender-key.ts';
import { createSenderShard, NONE, type SenderShard } from './sender-shard.ts';
import { createSlots } from './sender-slots.ts';
import { CLOSED, HAD_DROPS, HEAD_UNKNOWN, OPEN, SILENT, statusOf } from './sender-status.ts';
import { shardOf } from './shard-of.ts';

export interface SenderLedgerOptions {
  /** Most senders remembered; past it those seen least recently are forgotten, and counted. @default 1000000 */
  readonly maxSenders?: number;
  /** A sender that was silent for longer is forgotten, in milliseconds. @default 86400000 */
  readonly forgetAfterMs?: number;
  /** When the book begins, in epoch milliseconds. @default 0 */
  readonly nowMs?: number;
  /**
   * Whether no earlier run can have received anything: then what lies before a sender's first datagram is missing. Otherwise nobody knows, and
   * it is not counted before the sender reports that it began later.
   */
  readonly knowsAll: boolean;
}

/** A longer gap is a sender that miscounts, or a long absence of the router, not loss on the path. */
export const MAX_PLAUSIBLE_GAP = 1_000_000;
/** A sender that lives reports each minute: one that is not heard of for so long has ended, or its path has. In milliseconds. */
export const SILENT_AFTER_MS: number = 10 * 60 * 1000;

const DEFAULT_MAX_SENDERS = 1_000_000;
const DEFAULT_FORGET_AFTER_MS = 24 * 60 * 60 * 1000;
/** Columns of a million grow by copying themselves, which stops the thread for 100 ms and the socket overflows; those of 256 shards take turns. */
const SHARD_COUNT = 256;
/** Below this many senders one shard does no harm, and forgets in the exact order. */
const SHARDED_FROM = 16_384;
/** Senders that one sweep looks at: a few milliseconds. */
const SWEPT_AT_ONCE = 20_000;
/** A sender's first report may have waited so long to be sent again, and say too late when it began. In milliseconds. */
const HEAD_MARGIN_MS = 10 * 60 * 1000;

const STATUS_NAMES = { [OPEN]: 'open', [CLOSED]: 'closed', [SILENT]: 'silent' } as const;

const isPlausible = (length: number): boolean => length <= MAX_PLAUSIBLE_GAP;

export function createSenderLedger(options: SenderLedgerOptions): SenderLedger {
  const { maxSenders = DEFAULT_MAX_SENDERS, forgetAfterMs = DEFAULT_FORGET_AFTER_MS, nowMs: sinceMs = 0 } = options;
  const shardCount = maxSenders < SHARDED_FROM ? 1 : SHARD_COUNT;
  const seed = randomInt(2 ** 32);
  const state: LedgerState = {
    shards: Array.from({ length: shardCount }, () => createSenderShard(seed)),
    hours: createLoggerHours(),
    drops: createReportedDrops(),
    counts: { [OPEN]: 0, [CLOSED]: 0, [SILENT]: 0 },
    evicted: 0,
    sinceMs,
    knownSinceMs: options.knowsAll ? Number.NEGATIVE_INFINITY : sinceMs,
    gapCount: 0,
    isCounting: true,
    revision: 0,
  };
  const { shards, hours, drops, counts } = state;
  const key = new Uint32Array(KEY_WORDS);
  const { bookOf, takeBack, seenMs, setFlag, hasFlag, editGaps, revive, end, forget } = createSlots(state);
  let keyLength = 0;
  let sweptShard = 0;

  const sizeOf = (): number => counts[OPEN] + counts[CLOSED] + counts[SILENT];

  /** Leaves the sender's key in `key` and `keyLength`. */
  function shardFor(sender: string): SenderShard {
    keyLength = readSenderKey(sender, key);
    // eslint-disable-next-line @typescript-eslint/no-non-null-assertion -- it is below the length
    return shards[shardOf(key, keyLength, shardCount)]!;
  }

  function take(sender: string, seq: number, count: number, nowMs: number, logger: string): Fresh {
    state.revision++;
    const shard = shardFor(sender);
    let slot = shard.find(key, keyLength);
    if (slot !== NONE && nowMs - seenMs(shard, slot) > forgetAfterMs) {
      forget(shard, slot, nowMs);
      slot = NONE;
    }
    const nowSecond = Math.floor(nowMs / 1000);
    if (slot === NONE) {
      begin(shard, seq, count, nowMs, logger);
      return 'all';
    }
    if (shard.seenSecond[slot] !== nowSecond) {
      shard.touch(slot);
      shard.seenSecond[slot] = nowSecond;
    }
    const next = shard.next[slot] ?? 0;
    const end = seq + count;
    revive(shard, slot, end > next);
    if (seq < next) return takeLate(shard, slot, seq, end, nowMs);
    const book = bookOf(shard, slot, nowMs);
    if (seq > next) openGap(shard, slot, next, seq, book);
    shard.next[slot] = end;
    book.numbered += end - next;
    book.received += count;
    return 'all';
  }

  function takeLate(shard: SenderShard, slot: number, from: number, to: number, nowMs: number): Fresh {
    const book = bookOf(shard, slot, nowMs);
    const next = shard.next[slot] ?? 0;
    const { ranges, missingCount } = shard.gaps.has(slot)
      ? editGaps(shard, slot, (found) => takeFromGaps(found, from, Math.min(to, next)))
      : { ranges: [], missingCount: 0 };
    takeBack(shard, slot, 'missing', missingCount);
    if (to > next) {
      ranges.push(next, to);
      shard.next[slot] = to;
      book.numbered += to - next;
    }
    let freshCount = 0;
    for (let i = 0; i < ranges.length; i += 2) freshCount += (ranges[i + 1] ?? 0) - (ranges[i] ?? 0);
    book.received += freshCount;
    book.duplicates += to - from - freshCount;
    if (freshCount === 0) return 'none';
    return freshCount === to - from ? 'all' : ranges.map((number) => number - from);
  }

  function begin(shard: SenderShard, seq: number, count: number, nowMs: number, logger: string): void {
    while (sizeOf() >= maxSenders) evictOldest(shard, nowMs);
    const slot = shard.add(key, keyLength);
    counts[OPEN]++;
    shard.next[slot] = seq + count;
    shard.seenSecond[slot] = Math.floor(nowMs / 1000);
    shard.logger[slot] = hours.hold(logger, nowMs);
    const book = bookOf(shard, slot, nowMs);
    book.began++;
    book.numbered += seq + count;
    book.received += count;
    if (seq === 0) return;
    const isKnown = state.knownSinceMs === Number.NEGATIVE_INFINITY;
    setFlag(shard, slot, HEAD_UNKNOWN, !isKnown);
    openGap(shard, slot, 0, seq, book, isKnown);
  }

  function openGap(
    shard: SenderShard,
    slot: number,
    from: number,
    to: number,
    book: MutablePathBook,
    isKnown = true,
  ): void {
    const isMissing = isKnown && isPlausible(to - from);
    if (isMissing) book.missing += to - from;
    else if (isKnown) book.implausible++;
    editGaps(shard, slot, (found) => addGap(found, from, to, isMissing));
  }

  /** Of this shard, which is as good as of all where there are many; of another if it is empty. */
  function evictOldest(preferred: SenderShard, nowMs: number): void {
    const shard = preferred.size > 0 ? preferred : shards.find(({ size }) => size > 0);
    if (shard === undefined) return;
    forget(shard, shard.oldest, nowMs);
    state.evicted++;
  }

  function noteReport(shard: SenderShard, slot: number, end_: number, line: string, nowMs: number): void {
    const report = readReport(line);
    const book = bookOf(shard, slot, nowMs);
    if (hasFlag(shard, slot, HEAD_UNKNOWN)) {
      setFlag(shard, slot, HEAD_UNKNOWN, false);
      const isKnown = nowMs - report.ageMs - HEAD_MARGIN_MS > state.knownSinceMs;
      if (isKnown) book.missing += editGaps(shard, slot, (found) => countUnknown(found, isPlausible));
    }
    if (Object.keys(report.dropped).length > 0) {
      const fresh = drops.take(shard.nameOf(slot), report.dropped, hasFlag(shard, slot, HAD_DROPS));
      for (const [reason, count] of fresh) addDropped(book, reason, count);
      setFlag(shard, slot, HAD_DROPS, true);
    }
    if (report.final && end_ === shard.next[slot]) end(shard, slot, CLOSED, nowMs);
  }

  return {
    take,
    report(sender, end_, line, nowMs) {
      const shard = shardFor(sender);
      const slot = shard.find(key, keyLength);
      if (slot !== NONE) noteReport(shard, slot, end_, line, nowMs);
    },
    giveBack(sender, from, to) {
      const shard = shardFor(sender);
      const slot = shard.find(key, keyLength);
      if (slot === NONE) return;
      takeBack(shard, slot, 'received', to - from);
      setFlag(shard, slot, HEAD_UNKNOWN, false); // these are not missing, and could not be told from those that may be
      editGaps(shard, slot, (found) => reopen(found, from, to));
      state.revision++;
    },
    sweep(nowMs) {
      let left = SWEPT_AT_ONCE;
      for (let i = 0; i < shardCount && left > 0; i++) {
        const shard = shards[sweptShard++ % shardCount];
        if (shard === undefined) return;
        for (let slot = shard.firstNotQuiet; slot !== NONE && left > 0; slot = shard.firstNotQuiet, left--) {
          if (nowMs - seenMs(shard, slot) <= SILENT_AFTER_MS) break;
          shard.passQuiet(slot);
          end(shard, slot, SILENT, nowMs);
        }
        for (let slot = shard.oldest; slot !== NONE && left > 0; slot = shard.oldest, left--) {
          if (nowMs - seenMs(shard, slot) <= forgetAfterMs) break;
          forget(shard, slot, nowMs);
        }
      }
    },
    book(sender) {
      const shard = shardFor(sender);
      const slot = shard.find(key, keyLength);
      if (slot === NONE) return undefined;
      const status = STATUS_NAMES[statusOf(shard.state[slot] ?? 0)];
      return { status, next: shard.next[slot] ?? 0, missing: shard.gaps.missingOf(slot) };
    },
    stats() {
      const { missing, implausible } = hours.total();
      const { [OPEN]: open, [CLOSED]: closed, [SILENT]: silent } = counts;
      return { senders: sizeOf(), open, closed, silent, evicted: state.evicted, missing, implausible };
    },
    summary: () => summarize(state),
    image: createLedgerImage(state),
  };
}
