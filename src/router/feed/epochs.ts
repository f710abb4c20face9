import type { Routing } from '../routes/routing.ts';

/** Routing that holds from an offset of the journal on. */
export interface Epoch {
  readonly from: number;
  /** Where the next epoch begins. */
  readonly until: number;
  readonly routing: Routing;
}

/** Which routing holds for which messages. A message is routed as was configured when it came, however late a sink reads it. */
export interface Epochs {
  /** The routing holds from the offset on, which lies behind every earlier epoch's beginning. Nothing begins if it holds already. */
  begin(from: number, routing: Routing): void;
  /** The epoch of a message; an offset before the first epoch belongs to the first. */
  at(offset: number): Epoch;
  /** Nobody will ask for messages before the offset any more. */
  forget(before: number): void;
  readonly count: number;
}

export function createEpochs(routing: Routing): Epochs {
  const epochs: { from: number; until: number; routing: Routing }[] = [
    { from: 0, until: Number.POSITIVE_INFINITY, routing },
  ];
  return {
    begin(from, next) {
      const newest = epochs.at(-1);
      if (newest?.routing === next) return;
      if (newest !== undefined) newest.until = from;
      if (newest?.from === from) epochs.pop();
      epochs.push({ from, until: Number.POSITIVE_INFINITY, routing: next });
    },
    at(offset) {
      // From the newest, as nearly all is new.
      for (let i = epochs.length - 1; i > 0; i--) {
        const epoch = epochs[i];
        if (epoch !== undefined && epoch.from <= offset) return epoch;
      }
      const [oldest] = epochs;
      if (oldest === undefined) throw new Error('there is always an epoch');
      return oldest;
    },
    forget(before) {
      while (epochs.length > 1 && (epochs[0]?.until ?? 0) <= before) epochs.shift();
    },
    get count() {
      return epochs.length;
    },
  };
}
