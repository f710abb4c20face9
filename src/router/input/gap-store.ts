import type { Gaps } from './gaps.ts';

/** Keeps gaps by slot, outside the heap. */
export interface GapStore {
  /** Gaps of all slots. */
  readonly count: number;
  /** Whether the slot has any. */
  has(slot: number): boolean;
  /** How many numbers in its gaps are held to be missing. */
  missingOf(slot: number): number;
  /** Puts the slot's gaps into `gaps`. */
  load(slot: number, gaps: Gaps): void;
  /** Keeps these gaps for the slot instead of what it had. */
  store(slot: number, gaps: Gaps): void;
  clear(slot: number): void;
  growSlots(capacity: number): void;
}

const NONE = -1;
const INITIAL_NODES = 4;
const GROWTH = 1.5;
const WIDTH = 3;

/** Each slot's gaps are a chain of nodes in one pool. */
export function createGapStore(slots: number): GapStore {
  let heads = new Int32Array(slots).fill(NONE);
  let numbers = new Float64Array(INITIAL_NODES * WIDTH);
  let chain = new Int32Array(INITIAL_NODES);
  let usedNodes = 0;
  let free = NONE;
  let count = 0;

  const after = (node: number): number => chain[node] ?? NONE;

  function takeNode(): number {
    count++;
    if (free !== NONE) {
      const node = free;
      free = after(node);
      return node;
    }
    if (usedNodes === chain.length) {
      const capacity = Math.ceil(usedNodes * GROWTH);
      const before = { numbers, chain };
      numbers = new Float64Array(capacity * WIDTH);
      numbers.set(before.numbers);
      chain = new Int32Array(capacity);
      chain.set(before.chain);
    }
    return usedNodes++;
  }

  /** Frees the chain from this node on. */
  function release(from: number): void {
    for (let node = from; node !== NONE;) {
      const following = after(node);
      chain[node] = free;
      free = node;
      count--;
      node = following;
    }
  }

  const headOf = (slot: number): number => heads[slot] ?? NONE;

  return {
    get count() {
      return count;
    },
    has: (slot) => headOf(slot) !== NONE,
    missingOf(slot) {
      let count = 0;
      for (let node = headOf(slot); node !== NONE; node = after(node)) count += numbers[node * WIDTH + 2] ?? 0;
      return count;
    },
    load(slot, gaps) {
      gaps.length = 0;
      for (let node = headOf(slot); node !== NONE; node = after(node)) {
        const at = node * WIDTH;
        gaps.push(numbers[at] ?? 0, numbers[at + 1] ?? 0, numbers[at + 2] ?? 0);
      }
    },
    store(slot, gaps) {
      let node = headOf(slot);
      let last = NONE;
      for (let i = 0; i < gaps.length; i += WIDTH) {
        if (node === NONE) {
          node = takeNode();
          chain[node] = NONE;
          if (last === NONE) heads[slot] = node;
          else chain[last] = node;
        }
        for (let k = 0; k < WIDTH; k++) numbers[node * WIDTH + k] = gaps[i + k] ?? 0;
        last = node;
        node = after(node);
      }
      release(node);
      if (last === NONE) heads[slot] = NONE;
      else chain[last] = NONE;
    },
    clear(slot) {
      release(headOf(slot));
      heads[slot] = NONE;
    },
    growSlots(capacity) {
      const before = heads;
      heads = new Int32Array(capacity).fill(NONE);
      heads.set(before);
    },
  };
}
