import type { OpenSender, PathBooks, PathRow, SenderCounts } from './books.ts';
import { isExact } from './is-exact.ts';
import { sumPathCounts, type PathCounts } from './path-counts.ts';

/** The path's book as `/api/ledger` has it. */
export interface LedgerPath {
  /** Since when it is kept, in ISO 8601: it goes on after a restart. */
  readonly since: string;
  /** Senders remembered now, by what is known of them. */
  readonly senders: SenderCounts;
  /** Whether `missing` is all that is missing: no sender is open, ended silently or had to be forgotten, and no number is uncounted. Otherwise it is a lower bound. */
  readonly isExact: boolean;
  /** Of all time. `uncounted`: numbers of which nobody can say whether they were lost. */
  readonly total: PathBooks['total'];
  /** Of this hour and the 23 before it. */
  readonly lastDay: PathCounts;
  /** Of all time, worst first: most missing, then most received. */
  readonly byLogger: readonly (PathCounts & { readonly logger: string })[];
  /** By the start of the hour of receipt in ISO 8601, newest first; null for all hours that are not kept one by one any more. */
  readonly byHour: readonly HourCounts[];
  /** By logger and hour, newest hour first; at most 1,000. */
  readonly rows: readonly (HourCounts & { readonly logger: string })[];
  /** Rows that were too many to be listed. */
  readonly rowsLeftOut: number;
  /** Open senders of which most is missing, worst first; `seen`: when they were last heard of. */
  readonly worst: readonly (Omit<OpenSender, 'seenMs'> & { readonly seen: string })[];
}

interface HourCounts extends PathCounts {
  readonly hour: string | null;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_HOURS = 24;
/** A quarter of a megabyte; two days of twenty loggers. */
const MAX_ROWS = 1_000;

export function ledgerPath({ sinceMs, senders, total, rows, worst }: PathBooks, nowMs: number): LedgerPath {
  const dayStartMs = (Math.floor(nowMs / HOUR_MS) - DAY_HOURS + 1) * HOUR_MS;
  return {
    since: isoOf(sinceMs),
    senders,
    isExact: isExact({ senders, total }, total.silent),
    total,
    lastDay: sumPathCounts(rows.filter(({ hourMs }) => hourMs !== null && hourMs >= dayStartMs)),
    byLogger: byLogger(rows),
    byHour: grouped(rows, ({ hourMs }) => hourMs).map(([hourMs, of]) => ({
      hour: hourOf(hourMs),
      ...sumPathCounts(of),
    })),
    rows: rows.slice(0, MAX_ROWS).map(({ hourMs, ...row }) => ({ hour: hourOf(hourMs), ...row })),
    rowsLeftOut: Math.max(0, rows.length - MAX_ROWS),
    worst: worst.map(({ seenMs, ...sender }) => ({ ...sender, seen: isoOf(seenMs) })),
  };
}

/** The loggers' books of all time, worst first. */
export function byLogger(rows: readonly PathRow[]): LedgerPath['byLogger'] {
  return grouped(rows, ({ logger }) => logger)
    .map(([logger, of]) => ({ logger, ...sumPathCounts(of) }))
    .sort((a, b) => b.missing - a.missing || b.received - a.received);
}

function grouped<K>(rows: readonly PathRow[], keyOf: (row: PathRow) => K): [K, PathRow[]][] {
  const groups = new Map<K, PathRow[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return [...groups];
}

const isoOf = (ms: number): string => new Date(ms).toISOString();
const hourOf = (hourMs: number | null): string | null => (hourMs === null ? null : isoOf(hourMs));
