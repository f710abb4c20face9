/** What is known of the path that messages came on, by the numbers that senders give them. */
export interface PathCounts {
  /** Senders that were heard of for the first time, or after they had been forgotten. */
  readonly began: number;
  /** Senders that reported their end: what is known of them is all. */
  readonly closed: number;
  /** Senders that ended, as it seems, without a report: nobody knows what they sent last. */
  readonly silent: number;
  /** Numbers known to have been given out. */
  readonly numbered: number;
  /** Numbers that came, lines that were refused among them. */
  readonly received: number;
  /** Numbers that did not come: a lower bound while a sender is open or ended silently. What comes late is taken off again. */
  readonly missing: number;
  /** Gaps of more than a million, which are not believed; their numbers are not `missing`. */
  readonly implausible: number;
  /** Numbers that came again. */
  readonly duplicates: number;
  /** What senders reported to have dropped themselves, by reason. Some of it has a number, and is `missing` as well. */
  readonly dropped: Readonly<Record<string, number>>;
}

const COUNTS = [
  'began',
  'closed',
  'silent',
  'numbered',
  'received',
  'missing',
  'implausible',
  'duplicates',
] as const satisfies readonly (keyof PathCounts)[];

/** The sum of books. */
export function sumPathCounts(books: readonly PathCounts[]): PathCounts {
  const sum: Record<(typeof COUNTS)[number], number> = {
    began: 0,
    closed: 0,
    silent: 0,
    numbered: 0,
    received: 0,
    missing: 0,
    implausible: 0,
    duplicates: 0,
  };
  const dropped: Record<string, number> = {};
  for (const book of books) {
    for (const name of COUNTS) sum[name] += book[name];
    for (const [reason, count] of Object.entries(book.dropped)) dropped[reason] = (dropped[reason] ?? 0) + count;
  }
  return { ...sum, dropped };
}
