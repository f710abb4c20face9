import type { CopyBook, PathBooks, PathRow, RelayBook, RouterBooks, SinkBook } from '../../src/report/books.ts';
import { sumPathCounts } from '../../src/report/path-counts.ts';

export const HOUR_MS: number = 60 * 60 * 1000;

export const aSink = (given: Partial<SinkBook> = {}): SinkBook => ({
  routed: 0,
  delivered: 0,
  waiting: 0,
  deadLettered: 0,
  expired: 0,
  failures: 0,
  state: 'ready',
  trouble: undefined,
  leftOut: {},
  lagMs: 0,
  ...given,
});

/** The book of a copy that has nothing to do, but for what is given. */
export const aCopy = (given: Partial<CopyBook> = {}): CopyBook => ({
  url: 'hdfs://nn1:9870/metlog',
  waitingFiles: 0,
  waitingBytes: 0,
  waitingMessages: 0,
  copiedFiles: 0,
  copiedBytes: 0,
  copiedMessages: 0,
  failures: 0,
  conflicts: 0,
  expired: 0,
  trouble: undefined,
  ...given,
});

/** The book of a relay that nobody has asked, but for what is given. */
export const aRelayBook = (given: Partial<RelayBook> = {}): RelayBook => ({
  requests: 0,
  accepted: 0,
  preflights: 0,
  pending: 0,
  refused: {},
  messages: { accepted: 0, refused: 0 },
  ...given,
});

/** A relay in trouble. */
export const BUSY_RELAY: RelayBook = aRelayBook({
  requests: 120,
  accepted: 100,
  preflights: 5,
  pending: 1,
  refused: { 'rate-limited': 12, 'bad-key': 2, busy: 0 },
  messages: { accepted: 900, refused: 3 },
});

export const aRow = (given: Partial<PathRow> = {}): PathRow => ({
  logger: 'shop',
  hourMs: 0,
  ...sumPathCounts([]),
  numbered: (given.received ?? 0) + (given.missing ?? 0),
  ...given,
});

/** The book of a path with these rows. */
export const aPath = (rows: readonly PathRow[], given: Partial<PathBooks> = {}): Partial<PathBooks> => {
  const total = sumPathCounts(rows);
  return { rows, total: { ...total, uncounted: total.numbered - total.received - total.missing }, ...given };
};

/** A router with everything in it: two sinks, one of them in trouble, loss on the path, refusals. */
export const BUSY_BOOKS: Partial<RouterBooks> = {
  datagrams: 1_200,
  bytes: 1_500_000,
  read: 1_197,
  rejected: 3,
  lines: 48_000,
  accepted: 47_990,
  duplicates: 8,
  refused: { 'bad-signature': 3, 'not-json': 2 },
  socketDrops: 12,
  unmatched: 40,
  unread: 3,
  abandoned: 5,
  sinks: {
    statsd: aSink({ routed: 30_000, delivered: 30_000, leftOut: { cardinality: 7 } }),
    sentry: aSink({
      routed: 1_500,
      delivered: 290,
      waiting: 1_204,
      deadLettered: 4,
      expired: 2,
      failures: 9,
      state: 'open',
      trouble: 'connect ECONNREFUSED 127.0.0.1:9000',
      lagMs: 725_000,
    }),
  },
};
