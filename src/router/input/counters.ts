import type { RefusalReason } from '../../core/refusal.ts';

/** Datagrams that carried a part of a longer message. Each of them that is not `rejected` is in exactly one of these but `messages`. */
export interface ChunkStats {
  /** Waiting for the rest of their message. */
  readonly pending: number;
  /** Part of a message that became whole. */
  readonly joined: number;
  /** Had come before. */
  readonly duplicates: number;
  /** The rest of their message did not come in time. */
  readonly incomplete: number;
  /** Too much was held; or their message was too long. */
  readonly overflow: number;
  /** Messages that became whole. Each is then read as a datagram is, and may have lines or be rejected. */
  readonly messages: number;
}

/**
 * What came in since the start. Nothing is lost uncounted; at every moment
 *
 * - each datagram has one outcome: `datagrams + chunks.messages = read + rejected + chunks.pending + chunks.joined + chunks.duplicates +
 *   chunks.incomplete + chunks.overflow`;
 * - each line has one: `lines + rejected + A = accepted + duplicates + journalFailed + pending + the sum of refused`, where A, the messages
 *   whose chunks were given up, is `refused['chunk-incomplete'] + refused['chunk-overflow']`.
 */
export interface InputStats {
  /** Datagrams and bodies received. */
  readonly datagrams: number;
  /** Their bytes. */
  readonly bytes: number;
  /** Datagrams, bodies and messages of chunks of which the lines were read. */
  readonly read: number;
  /** Those of which nothing could be read; `refused` says why. */
  readonly rejected: number;
  /** Lines read. */
  readonly lines: number;
  readonly chunks: ChunkStats;
  /** Messages written to the journal. */
  readonly accepted: number;
  /** Messages that had come before. */
  readonly duplicates: number;
  /** By reason: lines that were not taken, what is in `rejected`, and messages whose chunks were given up. */
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
  /** Good messages that could not be written to the journal. */
  readonly journalFailed: number;
  /** Messages on their way to the journal. */
  readonly pending: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
export interface MutableInputStats extends Mutable<Omit<InputStats, 'refused' | 'chunks'>> {
  readonly refused: Mutable<InputStats['refused']>;
  readonly chunks: Mutable<ChunkStats>;
}

export const createInputStats = (): MutableInputStats => ({
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
});

/** The numbers as they are now. */
export const copyInputStats = (stats: InputStats): InputStats => ({
  ...stats,
  chunks: { ...stats.chunks },
  refused: { ...stats.refused },
});

export function countRefused(stats: MutableInputStats, reason: RefusalReason): void {
  stats.refused[reason] = (stats.refused[reason] ?? 0) + 1;
}
