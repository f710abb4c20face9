import type { Message } from '../../src/core/schema.ts';
import type { RouterBooks, RouterPort } from '../../src/report/router-port.ts';
import { journalText } from './temp-archive.ts';

export interface MemoryRouter extends RouterPort {
  /** As if these had just been journaled. */
  journal(messages: readonly Message[]): void;
  readonly listenerCount: number;
}

const QUIET: RouterBooks = {
  accepted: 0,
  duplicates: 0,
  refused: {},
  journalFailed: 0,
  socketDrops: 0,
  senders: { senders: 0, missing: 0 },
  archive: { waiting: 0, failures: 0, setAside: 0, expired: 0 },
};

export function createMemoryRouter(books: Partial<RouterBooks> = {}): MemoryRouter {
  const listeners = new Set<(text: string) => void>();
  return {
    tap(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stats: async () => ({ ...QUIET, ...books }),
    address: { host: '127.0.0.1', port: 5565 },
    journal(messages) {
      for (const listener of listeners) listener(journalText(messages));
    },
    get listenerCount() {
      return listeners.size;
    },
  };
}
