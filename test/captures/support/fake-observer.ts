import { onTestFinished, vi } from 'vitest';

/** Stands in for the browser's PerformanceObserver; the test says what there is to observe. */
export interface FakeObserver {
  /** Hands entries to those who observe their type. */
  deliver(type: string, entries: readonly object[]): void;
  /** Leaves entries where `takeRecords` finds them. */
  leave(type: string, entries: readonly object[]): void;
  /** What was observed, with its options; those who have disconnected are left out. */
  observed(): readonly PerformanceObserverInit[];
}

interface Watch {
  readonly options: PerformanceObserverInit;
  readonly callback: PerformanceObserverCallback;
  readonly observer: PerformanceObserver;
  left: object[];
}

export function installFakeObserver(supportedEntryTypes: readonly string[]): FakeObserver {
  const watches = new Set<Watch>();

  class Fake implements PerformanceObserver {
    static readonly supportedEntryTypes = supportedEntryTypes;
    readonly #callback: PerformanceObserverCallback;
    constructor(callback: PerformanceObserverCallback) {
      this.#callback = callback;
    }
    observe(options: PerformanceObserverInit = {}): void {
      watches.add({ options, callback: this.#callback, observer: this, left: [] });
    }
    disconnect(): void {
      for (const watch of watches) if (watch.observer === this) watches.delete(watch);
    }
    takeRecords(): PerformanceEntryList {
      return [...watches].filter(({ observer }) => observer === this).flatMap((watch) => asList(watch.left.splice(0)));
    }
  }

  vi.stubGlobal('PerformanceObserver', Fake);
  onTestFinished(() => void vi.unstubAllGlobals());
  const watching = (type: string): Watch[] => [...watches].filter(({ options }) => options.type === type);
  return {
    deliver(type, entries) {
      const list = { getEntries: () => asList(entries) } as PerformanceObserverEntryList;
      for (const { callback, observer } of watching(type)) callback(list, observer);
    },
    leave(type, entries) {
      for (const watch of watching(type)) watch.left.push(...entries);
    },
    observed: () => [...watches].map(({ options }) => options),
  };
}

const asList = (entries: readonly object[]): PerformanceEntryList => [...entries] as PerformanceEntryList;
