import type { RefusalReason } from '../../core/refusal.ts';

/** How a body came in; a header says it to whoever reads the journal. */
export type Via = 'udp' | 'http';

/** A line that was not taken. */
export interface RefusedLine {
  /** Its number in the body, from 1; the header's line counts. In a deployed client's array, the message's number. */
  readonly line: number;
  readonly error: RefusalReason;
}

/** Refused lines that an answer lists: a sender mends what makes the first of them, and a flood of them costs no more. */
export const MAX_LISTED_REFUSALS = 100;

/** What became of a body. */
export type Acceptance =
  /** What is good of it is in the journal. */
  | {
      readonly accepted: number;
      readonly duplicates: number;
      /** The first of the lines that were not taken, at most `MAX_LISTED_REFUSALS`. */
      readonly refused: readonly RefusedLine[];
      /** How many were not taken, where more than are listed. */
      readonly refusedCount?: number;
    }
  /** Nothing was taken; after `journal-failed` the same body may be sent again later. */
  | { readonly rejected: RefusalReason | 'journal-failed' };
