import type { Books } from './books.ts';
import type { CallOptions } from './call-options.ts';

/** Entries that one aggregator holds before it is drained early. */
const MAX_ENTRIES = 10_000;

/** A counter or gauge that waits for its like. */
export interface Aggregate {
  readonly type: 'counter' | 'gauge';
  readonly name: string;
  readonly rate: number;
  readonly options: CallOptions;
  value: number;
  calls: number;
}

/** Sums counters and keeps the last of gauges that are equal but for their value, until it is drained. */
export interface Aggregator {
  /** Entries that wait. */
  readonly size: number;
  /** Adds one to a counter without options if it waits already: the whole cost of most calls. False: `add` it. */
  incrPlain(name: string): boolean;
  add(type: Aggregate['type'], name: string, value: number, rate: number, options: CallOptions): void;
  /** Hands over all that waits. */
  drain(): readonly Aggregate[];
}

export function createAggregator(books: Books, onFirst: () => void, onFull: () => void): Aggregator {
  let plain = new Map<string, Aggregate>();
  let keyed = new Map<string, Aggregate>();

  function addTo(map: Map<string, Aggregate>, key: string, entry: Aggregate): void {
    const known = map.get(key);
    if (known) {
      known.value = entry.type === 'counter' ? known.value + entry.value : entry.value;
      known.calls += 1;
      books.merged += 1;
      return;
    }
    map.set(key, entry);
    const size = plain.size + keyed.size;
    if (size === 1) onFirst();
    if (size >= MAX_ENTRIES) onFull();
  }

  return {
    get size() {
      return plain.size + keyed.size;
    },
    incrPlain(name) {
      const known = plain.get(name);
      if (!known) return false;
      known.value += 1;
      known.calls += 1;
      books.merged += 1;
      return true;
    },
    add(type, name, value, rate, options) {
      const entry: Aggregate = { type, name, rate, options, value, calls: 1 };
      const { logger, severity, metadata, flavors } = options;
      const isPlain = type === 'counter' && rate === 1 && !logger && severity === undefined && !metadata && !flavors;
      if (isPlain) addTo(plain, name, entry);
      else addTo(keyed, JSON.stringify([type, name, rate, logger, severity, metadata, flavors]), entry);
    },
    drain() {
      const entries = [...plain.values(), ...keyed.values()];
      plain = new Map();
      keyed = new Map();
      return entries;
    },
  };
}
