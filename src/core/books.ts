import type { DropReason } from './drop-reason.ts';
import { textOf } from './text-of.ts';

/** What became of every call. At each quiet moment: accepted = sent + queued + merged + the sum of dropped. */
export interface Stats {
  /** Calls that asked for a message and were not sampled out. */
  readonly accepted: number;
  /** Messages that left. UDP gives no receipt: they left, and nobody said that nobody was there. */
  readonly sent: number;
  /** Messages waiting or under way. */
  readonly queued: number;
  /** Calls that were added into another message (`aggregate`). */
  readonly merged: number;
  /** Messages that did not leave, by reason. Reasons that never came are absent. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
}

/** Something the application's owner should know; told once a reason. */
export interface Problem {
  readonly reason: DropReason | 'unknown-flavor' | 'bad-setting';
  /** One sentence for a person. */
  readonly message: string;
}

/** The SDK's own book, and its voice. */
export interface Books {
  accepted: number;
  sent: number;
  merged: number;
  readonly dropped: Partial<Record<DropReason, number>>;
  /** Counts `count` messages as lost for `reason` and tells `message` if it is the first time; without one the application wanted it so. */
  drop(reason: DropReason, count: number, message?: string): void;
  /** Tells a problem if its reason is new. */
  tell(reason: Problem['reason'], message: string): void;
}

/** `onError` is the application's and may throw; `warn` is ours. */
export function createBooks(onError: (problem: Problem) => void, warn: (text: string) => void): Books {
  const told = new Set<Problem['reason']>();
  const books: Books = {
    accepted: 0,
    sent: 0,
    merged: 0,
    dropped: {},
    drop(reason, count, message) {
      books.dropped[reason] = (books.dropped[reason] ?? 0) + count;
      if (message !== undefined) books.tell(reason, message);
    },
    tell(reason, message) {
      if (told.has(reason)) return;
      told.add(reason); // before the call: `onError` may use the SDK
      try {
        onError({ reason, message });
      } catch (error) {
        warn(`metlog: onError threw ${textOf(error)} when it was told: ${message}`);
      }
    },
  };
  return books;
}
