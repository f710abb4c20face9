import type { Gaps } from './gaps.ts';
import { OTHER_LOGGER, type LoggerHour } from './logger-hours.ts';
import type { Dropped } from './reported-drops.ts';
import type { LedgerState } from './ledger-state.ts';
import { KEY_WORDS } from './sender-key.ts';
import { NONE, type SenderShard } from './sender-shard.ts';
import { statusOf } from './sender-status.ts';
import { shardOf } from './shard-of.ts';

/** What a ledger knows beside its senders: plain data. */
export interface LedgerBooks {
  readonly sinceMs: number;
  /** Null for always. */
  readonly knownSinceMs: number | null;
  readonly evicted: number;
  /** Names of loggers by their index. */
  readonly loggers: readonly string[];
  readonly rows: readonly LoggerHour[];
  /** What senders have reported to have dropped. */
  readonly drops: readonly (readonly [sender: string, dropped: Dropped])[];
}

/** A ledger as it is saved: its senders shard by shard, one at a time, and its books. */
export interface LedgerImage {
  /** Moves with each change. */
  readonly revision: number;
  readonly shardCount: number;
  /** A copy of the senders of a shard. */
  senders(shard: number): Buffer;
  /** Copies of the books. */
  books(): LedgerBooks;
  /** Takes up what was saved, before anything else. */
  load(senders: readonly Buffer[], books: LedgerBooks): void;
  /** Runs a task that takes again what the books know of already. */
  uncounted(task: () => void): void;
}

/** Key, next, second seen, logger, length, state, number of gaps. */
const SENDER_BYTES = KEY_WORDS * 4 + 8 + 4 + 2 + 1 + 1 + 2;
/** From, to, missing. */
const GAP_BYTES = 3 * 8;

export function createLedgerImage(state: LedgerState): LedgerImage {
  const { shards, hours, drops, counts } = state;
  const gaps: Gaps = [];
  const key = new Uint32Array(KEY_WORDS);

  function encode(shard: SenderShard): Buffer {
    const bytes = Buffer.allocUnsafe(shard.size * SENDER_BYTES + shard.gaps.count * GAP_BYTES);
    let at = 0;
    for (let slot = shard.oldest; slot !== NONE; slot = shard.newerThan(slot)) {
      for (let word = 0; word < KEY_WORDS; word++) at = bytes.writeUInt32LE(shard.wordOf(slot, word), at);
      shard.gaps.load(slot, gaps);
      at = bytes.writeDoubleLE(shard.next[slot] ?? 0, at);
      at = bytes.writeUInt32LE(shard.seenSecond[slot] ?? 0, at);
      at = bytes.writeUInt16LE(shard.logger[slot] ?? 0, at);
      at = bytes.writeUInt8(shard.lengthOf(slot), at);
      at = bytes.writeUInt8(shard.state[slot] ?? 0, at);
      at = bytes.writeUInt16LE(gaps.length / 3, at);
      for (const number of gaps) at = bytes.writeDoubleLE(number, at);
    }
    return bytes;
  }

  function decode(bytes: Buffer, loggers: readonly string[]): void {
    for (let at = 0; at < bytes.length;) {
      for (let word = 0; word < KEY_WORDS; word++) key[word] = bytes.readUInt32LE(at + word * 4);
      at += KEY_WORDS * 4;
      const length = bytes.readUInt8(at + 14);
      const shard = shards[shardOf(key, length, shards.length)];
      if (shard === undefined) return;
      const slot = shard.add(key, length);
      const status = bytes.readUInt8(at + 15);
      shard.next[slot] = bytes.readDoubleLE(at);
      shard.seenSecond[slot] = bytes.readUInt32LE(at + 8);
      shard.logger[slot] = hours.hold(loggers[bytes.readUInt16LE(at + 12)] ?? OTHER_LOGGER, 0);
      shard.state[slot] = status;
      counts[statusOf(status)]++;
      const gapNumbers = bytes.readUInt16LE(at + 16) * 3;
      at += SENDER_BYTES - KEY_WORDS * 4;
      gaps.length = 0;
      for (let i = 0; i < gapNumbers; i++, at += 8) gaps.push(bytes.readDoubleLE(at));
      shard.gaps.store(slot, gaps);
      state.gapCount += gapNumbers / 3;
    }
  }

  return {
    get revision() {
      return state.revision;
    },
    shardCount: shards.length,
    senders(index) {
      const shard = shards[index];
      return shard === undefined ? Buffer.alloc(0) : encode(shard);
    },
    books: () => ({
      sinceMs: state.sinceMs,
      knownSinceMs: state.knownSinceMs === Number.NEGATIVE_INFINITY ? null : state.knownSinceMs,
      evicted: state.evicted,
      loggers: hours.names(),
      rows: hours.rows(),
      drops: [...drops.entries()],
    }),
    load(senders, books) {
      state.sinceMs = books.sinceMs;
      state.knownSinceMs = books.knownSinceMs ?? Number.NEGATIVE_INFINITY;
      state.evicted = books.evicted;
      for (const row of [...books.rows].reverse()) hours.restore(row);
      for (const [sender, dropped] of books.drops) drops.restore(sender, dropped);
      for (const bytes of senders) decode(bytes, books.loggers);
    },
    uncounted(task) {
      state.isCounting = false;
      try {
        task();
      } finally {
        state.isCounting = true;
      }
    },
  };
}
