import type { RefusalReason } from '../../core/refusal.ts';

/** What came in since the start. At every quiet moment each message is in exactly one of accepted, duplicates, refused, journalFailed and pending. */
export interface InputStats {
  /** Datagrams and bodies received. */
  readonly datagrams: number;
  /** Their bytes. */
  readonly bytes: number;
  /** Messages written to the journal. */
  readonly accepted: number;
  /** Messages that had come before. */
  readonly duplicates: number;
  /** Lines that were not taken, and datagrams of which nothing could be read (one each), by reason. */
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
  /** Good messages that could not be written to the journal. */
  readonly journalFailed: number;
  /** Messages on their way to the journal. */
  readonly pending: number;
}

export type MutableInputStats = { -readonly [K in keyof InputStats]: InputStats[K] } & {
  refused: Partial<Record<RefusalReason, number>>;
};

export const createInputStats = (): MutableInputStats => ({
  datagrams: 0,
  bytes: 0,
  accepted: 0,
  duplicates: 0,
  refused: {},
  journalFailed: 0,
  pending: 0,
});

export function countRefused(stats: MutableInputStats, reason: RefusalReason): void {
  stats.refused[reason] = (stats.refused[reason] ?? 0) + 1;
}
