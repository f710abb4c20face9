import { addGap, countMissing, reopen, takeFromGaps, type Gaps } from './gaps.ts';

/** Which messages of a datagram are new: all, none, or those in flat pairs `from, to (excluded)`, counted from the datagram's first. */
export type Fresh = 'all' | 'none' | readonly number[];

export interface SenderLedgerOptions {
  /** Most senders remembered; past it those seen least recently are forgotten, and counted. @default 1000000 */
  readonly maxSenders?: number;
  /** A sender that was silent for longer is forgotten, in milliseconds. @default 86400000 */
  readonly forgetAfterMs?: number;
  /**
   * Whether no earlier run can have received anything: then what lies before a sender's first datagram is missing. Otherwise nobody knows, and
   * it is not counted.
   */
  readonly knowsAll: boolean;
}

export interface LedgerStats {
  /** Senders remembered now. */
  readonly senders: number;
  /** Numbers that senders gave out and that have not come, of all senders since the start: a lower bound. */
  readonly missing: number;
  /** Gaps too long to be believed; they are not in `missing`. */
  readonly implausible: number;
  /** Senders forgotten because there were too many. */
  readonly evicted: number;
}

/** What is known of one sender. */
export interface SenderBook {
  /** The number after the highest received. */
  readonly next: number;
  /** Numbers below it that have not come; a lower bound. */
  readonly missing: number;
}

/** Knows of each sender which of its numbers have come, so that nothing is taken twice and what is lost shows. */
export interface SenderLedger {
  /** Notes that the messages `seq` to `seq + count` (excluded) came, and tells which of them are new. */
  take(sender: string, seq: number, count: number, nowMs: number): Fresh;
  /** Notes what an earlier run took. What is missing between, it has counted: nothing is counted again. */
  restore(sender: string, seq: number, count: number, seenMs: number): void;
  /** Forgets that these numbers came, as they could not be kept: when they are sent again, they are new. */
  giveBack(sender: string, from: number, to: number): void;
  /** Forgets some of the senders that have been silent for too long; called every second, it gets round in less than five minutes. */
  sweep(nowMs: number): void;
  book(sender: string): SenderBook | undefined;
  stats(): LedgerStats;
}

/** A longer gap is a sender that miscounts, or a long absence of the router, not loss on the path. */
export const MAX_PLAUSIBLE_GAP = 1_000_000;

const DEFAULT_MAX_SENDERS = 1_000_000;
const DEFAULT_FORGET_AFTER_MS = 24 * 60 * 60 * 1000;
/** One map of a million grows by copying itself, which stops the thread for 100 ms and the socket overflows; 256 small ones take turns. */
const SHARD_COUNT = 256;
/** Below this many senders one map does no harm, and forgets in the exact order. */
const SHARDED_FROM = 16_384;
const INITIAL_SLOTS = 16;

/** Numbers in typed arrays, by slot: 12 bytes a sender instead of an object's 60. The map's order is that of last being seen. */
interface Shard {
  readonly slots: Map<string, number>;
  readonly freeSlots: number[];
  readonly gaps: Map<number, Gaps>;
  next: Float64Array;
  seenSecond: Uint32Array;
}

export function createSenderLedger(options: SenderLedgerOptions): SenderLedger {
  const { maxSenders = DEFAULT_MAX_SENDERS, forgetAfterMs = DEFAULT_FORGET_AFTER_MS, knowsAll } = options;
  const shardCount = maxSenders < SHARDED_FROM ? 1 : SHARD_COUNT;
  const shards = Array.from({ length: shardCount }, createShard);
  let sweepAt = 0;
  let knowsHeads = knowsAll;
  let senders = 0;
  let missing = 0;
  let implausible = 0;
  let isRestoring = false;
  let evicted = 0;

  // eslint-disable-next-line @typescript-eslint/no-non-null-assertion -- shardOf is below the length
  const shardFor = (sender: string): Shard => shards[shardOf(sender, shardCount)]!;

  function take(sender: string, seq: number, count: number, nowMs: number): Fresh {
    const shard = shardFor(sender);
    const slot = shard.slots.get(sender);
    const nowSecond = Math.floor(nowMs / 1000);
    if (slot === undefined || isSilent(shard, slot, nowMs)) {
      if (slot !== undefined) forget(shard, sender, slot);
      begin(shard, sender, seq, count, nowSecond);
      return 'all';
    }
    if (shard.seenSecond[slot] !== nowSecond) touch(shard, sender, slot, nowSecond);
    const next = shard.next[slot] ?? 0;
    if (seq >= next) {
      if (seq > next) openGap(shard, slot, next, seq);
      shard.next[slot] = seq + count;
      return 'all';
    }
    return takeLate(shard, slot, seq, seq + count, next);
  }

  function takeLate(shard: Shard, slot: number, from: number, to: number, next: number): Fresh {
    const gaps = shard.gaps.get(slot);
    const taken = gaps === undefined ? { ranges: [], missingCount: 0 } : takeFromGaps(gaps, from, Math.min(to, next));
    if (gaps?.length === 0) shard.gaps.delete(slot);
    missing -= taken.missingCount;
    const { ranges } = taken;
    if (to > next) {
      ranges.push(next, to);
      shard.next[slot] = to;
    }
    if (ranges.length === 0) return 'none';
    if (ranges.length === 2 && ranges[0] === from && ranges[1] === to) return 'all';
    return ranges.map((number) => number - from);
  }

  function begin(shard: Shard, sender: string, seq: number, count: number, nowSecond: number): void {
    if (senders >= maxSenders) evictOldest(shard);
    const slot = shard.freeSlots.pop() ?? grow(shard);
    shard.slots.set(sender, slot);
    shard.next[slot] = seq + count;
    shard.seenSecond[slot] = nowSecond;
    senders++;
    if (seq > 0) openGap(shard, slot, 0, seq, knowsHeads);
  }

  function openGap(shard: Shard, slot: number, from: number, to: number, known = true): void {
    const isImplausible = to - from > MAX_PLAUSIBLE_GAP;
    if (isImplausible && known && !isRestoring) implausible++;
    const counted = known && !isImplausible && !isRestoring;
    if (counted) missing += to - from;
    addGap(gapsOf(shard, slot), from, to, counted);
  }

  function forget(shard: Shard, sender: string, slot: number): void {
    shard.slots.delete(sender);
    shard.gaps.delete(slot);
    shard.freeSlots.push(slot);
    senders--;
    knowsHeads = false; // it may come back
  }

  /** Of this shard, which is as good as of all where there are many; of another if it is empty. */
  function evictOldest(preferred: Shard): void {
    const shard = preferred.slots.size > 0 ? preferred : shards.find(({ slots }) => slots.size > 0);
    for (const [sender, slot] of shard?.slots ?? []) {
      if (shard !== undefined) forget(shard, sender, slot);
      evicted++;
      return;
    }
  }

  function isSilent(shard: Shard, slot: number, nowMs: number): boolean {
    return nowMs - (shard.seenSecond[slot] ?? 0) * 1000 > forgetAfterMs;
  }

  return {
    take,
    restore(sender, seq, count, seenMs) {
      knowsHeads = false;
      isRestoring = true;
      take(sender, seq, count, seenMs);
      isRestoring = false;
    },
    giveBack(sender, from, to) {
      const shard = shardFor(sender);
      const slot = shard.slots.get(sender);
      if (slot !== undefined) reopen(gapsOf(shard, slot), from, to);
    },
    sweep(nowMs) {
      const shard = shards[sweepAt++ % shardCount];
      if (shard === undefined) return;
      for (const [sender, slot] of shard.slots) {
        if (!isSilent(shard, slot, nowMs)) return;
        forget(shard, sender, slot);
      }
    },
    book(sender) {
      const shard = shardFor(sender);
      const slot = shard.slots.get(sender);
      if (slot === undefined) return undefined;
      return { next: shard.next[slot] ?? 0, missing: countMissing(shard.gaps.get(slot) ?? []) };
    },
    stats: () => ({ senders, missing, implausible, evicted }),
  };
}

function createShard(): Shard {
  return {
    slots: new Map(),
    freeSlots: [],
    gaps: new Map(),
    next: new Float64Array(INITIAL_SLOTS),
    seenSecond: new Uint32Array(INITIAL_SLOTS),
  };
}

/** The first slot never used: without free ones, the slots in use are those below the map's size. */
function grow(shard: Shard): number {
  const slot = shard.slots.size;
  if (slot === shard.next.length) {
    const next = new Float64Array(slot * 2);
    next.set(shard.next);
    shard.next = next;
    const seenSecond = new Uint32Array(slot * 2);
    seenSecond.set(shard.seenSecond);
    shard.seenSecond = seenSecond;
  }
  return slot;
}

function touch(shard: Shard, sender: string, slot: number, nowSecond: number): void {
  shard.slots.delete(sender);
  shard.slots.set(sender, slot);
  shard.seenSecond[slot] = nowSecond;
}

function gapsOf(shard: Shard, slot: number): Gaps {
  let gaps = shard.gaps.get(slot);
  if (gaps === undefined) shard.gaps.set(slot, (gaps = []));
  return gaps;
}

function shardOf(sender: string, shardCount: number): number {
  let hash = 0;
  for (let i = 0; i < sender.length; i++) hash = (Math.imul(hash, 31) + sender.charCodeAt(i)) | 0;
  return (hash >>> 0) % shardCount;
}
