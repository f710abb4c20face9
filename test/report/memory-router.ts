import type { Message } from '../../src/core/schema.ts';
import type { PathBooks, RouterBooks } from '../../src/report/books.ts';
import type { ReplayOutcome, RouterPort } from '../../src/report/router-port.ts';
import { sumPathCounts } from '../../src/report/path-counts.ts';
import { journalText } from './temp-archive.ts';

export interface MemoryRouter extends RouterPort {
  /** As if these had just been journaled. */
  journal(messages: readonly Message[]): void;
  readonly listenerCount: number;
  /** What becomes of the replay of each sink; those that are not there are no sinks. */
  readonly replays: Map<string, Promise<ReplayOutcome>>;
  /** The source maps that were put, as `release path debugId`. */
  readonly maps: Map<string, string>;
}

/** The books of a router to which nothing has happened. */
export const QUIET_BOOKS: RouterBooks = {
  datagrams: 0,
  bytes: 0,
  read: 0,
  rejected: 0,
  lines: 0,
  chunks: { pending: 0, joined: 0, duplicates: 0, incomplete: 0, overflow: 0, messages: 0 },
  accepted: 0,
  duplicates: 0,
  refused: {},
  journalFailed: 0,
  pending: 0,
  socketDrops: 0,
  recvBuffer: { askedBytes: 4_194_304, grantedBytes: 4_194_304 },
  senders: { senders: 0, open: 0, closed: 0, silent: 0, evicted: 0, missing: 0 },
  maps: { asked: 0, late: 0, broken: 0 },
  journal: {
    segments: 0,
    bytes: 0,
    setAside: { files: 0, bytes: 0, deletedFiles: 0 },
    torn: { segments: 0, bytes: 0 },
  },
  archive: { waiting: 0, failures: 0, setAside: 0, expired: 0, excepted: 0 },
  sinks: {},
  unmatched: 0,
  unread: 0,
  abandoned: 0,
};

/** The book of a path on which nothing has come. */
export const QUIET_PATH: PathBooks = {
  sinceMs: 0,
  senders: { open: 0, closed: 0, silent: 0, evicted: 0 },
  total: { ...sumPathCounts([]), uncounted: 0 },
  rows: [],
  worst: [],
};

export function createMemoryRouter(books: Partial<RouterBooks> = {}, path: Partial<PathBooks> = {}): MemoryRouter {
  const listeners = new Set<(text: string) => void>();
  const replays = new Map<string, Promise<ReplayOutcome>>();
  const maps = new Map<string, string>();
  return {
    replays,
    maps,
    async putMap({ release, path, debugId }, chunks) {
      let text = '';
      for await (const chunk of chunks) text += Buffer.from(chunk).toString();
      maps.set([release, path, debugId].join(' '), text);
      return { status: 'stored', bytes: text.length, deletedReleases: 0 };
    },
    replay: async (sink) => replays.get(sink),
    tap(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stats: async () => ({ ...QUIET_BOOKS, ...books }),
    ledger: async () => ({ ...QUIET_PATH, ...path }),
    address: { host: '127.0.0.1', port: 5565 },
    journal(messages) {
      for (const listener of listeners) listener(journalText(messages));
    },
    get listenerCount() {
      return listeners.size;
    },
  };
}
