import type { TimeWindow } from '../store/window.ts';
import type { PathBooks } from './books.ts';
import { isExact } from './is-exact.ts';
import { byLogger } from './ledger-path.ts';
import { sumPathCounts } from './path-counts.ts';
import { count, many, percent } from './words.ts';

/** What did not come on the path, of all that was numbered. */
export interface Loss {
  readonly missing: number;
  readonly received: number;
  /** Senders that ended, as it seems, without a report: nobody knows what they sent last. */
  readonly silentSenders: number;
  /** Whether there may be more than `missing`. */
  readonly isLeast: boolean;
}

/** Loss over the hours, as the path's book has them, that a window touches. */
export interface WindowLoss extends Loss {
  /** Those with loss or with silent senders, the most missing first. */
  readonly loggers: readonly (Loss & { readonly logger: string })[];
  /** What is missing in the hours that are not kept one by one any more, where the window has these: in all of them, also those before it. */
  readonly older: { readonly missing: number; readonly received: number };
  /** True if the window begins before the hours that are kept one by one: all that came before them is in it, also what came before the window. */
  readonly hasOlder: boolean;
}

const HOUR_MS = 3_600_000;
/** So many hours, this one among them, the router keeps one by one. (Fewer only where hundreds of loggers speak; a window then lacks the others.) */
const KEPT_HOURS = 48;

/** What was lost in a window, of its logger or of all, as the books have it at `nowMs`. */
export function windowLoss(books: PathBooks, { fromMs, toMs, logger }: TimeWindow, nowMs: number): WindowLoss {
  const keptFromMs = (Math.floor(nowMs / HOUR_MS) - KEPT_HOURS + 1) * HOUR_MS;
  const rows = books.rows.filter(
    (row) =>
      (logger === undefined || row.logger === logger) &&
      (row.hourMs === null ? fromMs < keptFromMs : row.hourMs < toMs && row.hourMs + HOUR_MS > fromMs),
  );
  const loggers = byLogger(rows).map(({ logger: name, missing, received, silent }) => ({
    logger: name,
    missing,
    received,
    silentSenders: silent,
    isLeast: !isExact(books, silent),
  }));
  const older = sumPathCounts(rows.filter(({ hourMs }) => hourMs === null));
  const sum = (name: 'missing' | 'received' | 'silentSenders'): number =>
    loggers.reduce((all, one) => all + one[name], 0);
  return {
    missing: sum('missing'),
    received: sum('received'),
    silentSenders: sum('silentSenders'),
    isLeast: loggers.some(({ isLeast }) => isLeast),
    loggers: loggers.filter(({ missing, silentSenders }) => missing > 0 || silentSenders > 0),
    older: { missing: older.missing, received: older.received },
    hasOlder: rows.some(({ hourMs }) => hourMs === null),
  };
}

/** `≥ 0.4 % missing (4 of 1,000), 3 senders ended silently`; null if nothing is known to be lost. */
export function lossWords({ missing, received, silentSenders, isLeast }: Loss): string | null {
  const numbered = missing + received;
  const parts = [
    ...(missing === 0
      ? []
      : [`${isLeast ? '≥ ' : ''}${percent(missing / numbered)} missing (${count(missing)} of ${count(numbered)})`]),
    ...(silentSenders === 0 ? [] : [`${many(silentSenders, 'sender')} ended silently`]),
  ];
  return parts.length === 0 ? null : parts.join(', ');
}
