import { createGapStore, type GapStore } from './gap-store.ts';
import { KEY_WORDS, senderNameOf } from './sender-key.ts';

/** No slot. */
export const NONE = -1;

/** What a column holds at a place in use, which TypeScript cannot know. */
const at = (column: { readonly [index: number]: number }, slot: number): number => column[slot] ?? 0;

/**
 * A part of the senders, in columns: 40 bytes a sender and 8 for finding it, outside the heap, where an object and a key in a map take three times as
 * much and the garbage collector's time. The columns are replaced as they grow, so they are read anew each time.
 */
export interface SenderShard {
  readonly size: number;
  /** Number after the highest received. */
  readonly next: Float64Array;
  /** When it was heard of last, in seconds since the epoch. */
  readonly seenSecond: Uint32Array;
  /** Index of its logger. */
  readonly logger: Uint16Array;
  /** What else is known of it, as bits. */
  readonly state: Uint8Array;
  readonly gaps: GapStore;
  /** The slot of a sender, or `NONE`. */
  find(key: Uint32Array, length: number): number;
  /** A slot for a sender that has none; it is the one seen last. */
  add(key: Uint32Array, length: number): number;
  /** The sender of this slot was seen last of all. */
  touch(slot: number): void;
  remove(slot: number): void;
  /** The one seen least recently, or `NONE`. */
  readonly oldest: number;
  /** The one seen next after it, or `NONE`. */
  newerThan(slot: number): number;
  /** The first, from the oldest on, that was not passed by `passQuiet` since it was seen. */
  readonly firstNotQuiet: number;
  passQuiet(slot: number): void;
  nameOf(slot: number): string;
  lengthOf(slot: number): number;
  wordOf(slot: number, word: number): number;
}

const INITIAL_SLOTS = 16;
/** Half as much again: doubling would leave up to half of the memory empty. */
const GROWTH = 1.5;
/** An index with twice as many places as senders finds one at the first or second look. */
const INDEX_PER_SLOT = 2;

/** `seed` keeps names from being made to meet in one place. */
export function createSenderShard(seed: number): SenderShard {
  let capacity = INITIAL_SLOTS;
  let keys = new Uint32Array(capacity * KEY_WORDS);
  let lengths = new Uint8Array(capacity);
  let next = new Float64Array(capacity);
  let seenSecond = new Uint32Array(capacity);
  let logger = new Uint16Array(capacity);
  let state = new Uint8Array(capacity);
  let older = new Int32Array(capacity);
  let newer = new Int32Array(capacity);
  let index = new Int32Array(capacity * INDEX_PER_SLOT); // slot + 1; 0 is free
  const gaps = createGapStore(INITIAL_SLOTS);
  let size = 0;
  let usedSlots = 0;
  let free: number = NONE; // a chain through `newer`
  let oldest: number = NONE;
  let newest: number = NONE;
  let lastQuiet: number = NONE;

  const placeOf = (w0: number, w1: number, w2: number, length: number): number =>
    (hashKey(w0, w1, w2, length, seed) >>> 0) % index.length;

  const isAt = (slot: number, key: Uint32Array, length: number): boolean =>
    keys[slot * KEY_WORDS] === key[0] &&
    keys[slot * KEY_WORDS + 1] === key[1] &&
    keys[slot * KEY_WORDS + 2] === key[2] &&
    lengths[slot] === length;

  /** The place of the sender's slot in the index, or the free one where it would be. */
  function look(key: Uint32Array, length: number): number {
    let place = placeOf(at(key, 0), at(key, 1), at(key, 2), length);
    for (let entry = at(index, place); entry !== 0; entry = at(index, place)) {
      if (isAt(entry - 1, key, length)) break;
      place = place + 1 === index.length ? 0 : place + 1;
    }
    return place;
  }

  const homeOf = (slot: number): number =>
    placeOf(
      at(keys, slot * KEY_WORDS),
      at(keys, slot * KEY_WORDS + 1),
      at(keys, slot * KEY_WORDS + 2),
      at(lengths, slot),
    );

  /** Frees a place and moves up what had to give way to it. https://en.wikipedia.org/wiki/Linear_probing#Deletion */
  function unindex(freed: number): void {
    let hole = freed;
    for (let place = (hole + 1) % index.length; at(index, place) !== 0; place = (place + 1) % index.length) {
      const home = homeOf(at(index, place) - 1);
      const isBetween = hole <= place ? hole < home && home <= place : hole < home || home <= place;
      if (isBetween) continue;
      index[hole] = at(index, place);
      hole = place;
    }
    index[hole] = 0;
  }

  function grow(): void {
    const before = { keys, lengths, next, seenSecond, logger, state, older, newer };
    capacity = Math.ceil(capacity * GROWTH);
    keys = new Uint32Array(capacity * KEY_WORDS);
    lengths = new Uint8Array(capacity);
    next = new Float64Array(capacity);
    seenSecond = new Uint32Array(capacity);
    logger = new Uint16Array(capacity);
    state = new Uint8Array(capacity);
    older = new Int32Array(capacity);
    newer = new Int32Array(capacity);
    keys.set(before.keys);
    lengths.set(before.lengths);
    next.set(before.next);
    seenSecond.set(before.seenSecond);
    logger.set(before.logger);
    state.set(before.state);
    older.set(before.older);
    newer.set(before.newer);
    gaps.growSlots(capacity);
    index = new Int32Array(capacity * INDEX_PER_SLOT);
    for (let slot = oldest; slot !== NONE; slot = at(newer, slot)) {
      let place = homeOf(slot);
      while (at(index, place) !== 0) place = place + 1 === index.length ? 0 : place + 1;
      index[place] = slot + 1;
    }
  }

  function takeSlot(): number {
    if (free !== NONE) {
      const slot = free;
      free = at(newer, slot);
      return slot;
    }
    if (usedSlots === capacity) grow();
    return usedSlots++;
  }

  function append(slot: number): void {
    older[slot] = newest;
    newer[slot] = NONE;
    if (newest === NONE) oldest = slot;
    else newer[newest] = slot;
    newest = slot;
  }

  function unlink(slot: number): void {
    const before = at(older, slot);
    const after = at(newer, slot);
    if (before === NONE) oldest = after;
    else newer[before] = after;
    if (after === NONE) newest = before;
    else older[after] = before;
    if (lastQuiet === slot) lastQuiet = before;
  }

  return {
    get size() {
      return size;
    },
    get next() {
      return next;
    },
    get seenSecond() {
      return seenSecond;
    },
    get logger() {
      return logger;
    },
    get state() {
      return state;
    },
    gaps,
    find: (key, length) => at(index, look(key, length)) - 1,
    add(key, length) {
      const slot = takeSlot(); // before the look: it may grow the index
      index[look(key, length)] = slot + 1;
      keys.set(key, slot * KEY_WORDS);
      lengths[slot] = length;
      state[slot] = 0;
      append(slot);
      size++;
      return slot;
    },
    touch(slot) {
      if (slot === newest && slot !== lastQuiet) return;
      unlink(slot);
      append(slot);
    },
    remove(slot) {
      const key = keys.subarray(slot * KEY_WORDS, (slot + 1) * KEY_WORDS);
      unindex(look(key, at(lengths, slot)));
      unlink(slot);
      gaps.clear(slot);
      newer[slot] = free;
      free = slot;
      size--;
    },
    get oldest() {
      return oldest;
    },
    newerThan: (slot) => at(newer, slot),
    get firstNotQuiet() {
      return lastQuiet === NONE ? oldest : at(newer, lastQuiet);
    },
    passQuiet(slot) {
      lastQuiet = slot;
    },
    nameOf: (slot) =>
      senderNameOf(
        at(keys, slot * KEY_WORDS),
        at(keys, slot * KEY_WORDS + 1),
        at(keys, slot * KEY_WORDS + 2),
        at(lengths, slot),
      ),
    lengthOf: (slot) => at(lengths, slot),
    wordOf: (slot, word) => at(keys, slot * KEY_WORDS + word),
  };
}

/** Spreads keys, of which all but the last bits may be alike. https://en.wikipedia.org/wiki/MurmurHash */
export function hashKey(w0: number, w1: number, w2: number, length: number, seed: number): number {
  let hash = Math.imul(w0 ^ seed, 0x9e37_79b1);
  hash = Math.imul(hash ^ w1 ^ (hash >>> 15), 0x85eb_ca6b);
  hash = Math.imul(hash ^ w2 ^ (hash >>> 13), 0xc2b2_ae35);
  hash = Math.imul(hash ^ length ^ (hash >>> 16), 0x9e37_79b1);
  return hash ^ (hash >>> 15);
}
