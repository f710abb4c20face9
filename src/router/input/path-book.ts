import { DROP_REASONS, type DropReason } from '../../core/drop-reason.ts';

/** What is known of the path that messages came on. Numbers are those that senders give their messages. */
export interface PathBook {
  /** Senders that were heard of for the first time, or after they had been forgotten. */
  readonly began: number;
  /** Senders that reported their end, and were not heard of since: what is known of them is all. */
  readonly closed: number;
  /** Senders that ended, as it seems, without a report: nobody knows what they sent after the last that came. */
  readonly silent: number;
  /** Numbers known to have been given out. */
  readonly numbered: number;
  /** Numbers that came, lines that were refused among them. */
  readonly received: number;
  /** Numbers that did not come, although others before and behind them did: a lower bound while senders are open or ended silently. */
  readonly missing: number;
  /** Gaps of more than a million: a sender that miscounts, or is no sender. Their numbers are not `missing`. */
  readonly implausible: number;
  /** Numbers that came again. */
  readonly duplicates: number;
  /** What senders reported to have dropped themselves, by reason. Some of it has a number (`unreachable`, `send-failed`, …) and is `missing` as well. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
}

export type MutablePathBook = { -readonly [K in keyof Omit<PathBook, 'dropped'>]: number } & {
  dropped: Partial<Record<DropReason, number>>;
};

/** The numbers of a book, in the order in which they are written down. */
export const PATH_COUNTS = [
  'began',
  'closed',
  'silent',
  'numbered',
  'received',
  'missing',
  'implausible',
  'duplicates',
] as const satisfies readonly (keyof PathBook)[];

export const emptyPathBook = (): MutablePathBook => ({
  began: 0,
  closed: 0,
  silent: 0,
  numbered: 0,
  received: 0,
  missing: 0,
  implausible: 0,
  duplicates: 0,
  dropped: {},
});

export const copyPathBook = (book: PathBook): MutablePathBook => ({ ...book, dropped: { ...book.dropped } });

export function addPathBook(to: MutablePathBook, book: PathBook): void {
  for (const name of PATH_COUNTS) to[name] += book[name];
  for (const reason of DROP_REASONS) addDropped(to, reason, book.dropped[reason] ?? 0);
}

export function addDropped(to: MutablePathBook, reason: DropReason, count: number): void {
  if (count > 0) to.dropped[reason] = (to.dropped[reason] ?? 0) + count;
}
