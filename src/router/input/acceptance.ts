import type { RefusalReason } from '../../core/refusal.ts';

/** How a body came in; a header says it to whoever reads the journal. */
export type Via = 'udp' | 'http';

/** A line that was not taken. */
export interface RefusedLine {
  /** Its number in the body, from 1; the header's line counts. In a deployed client's array, the message's number. */
  readonly line: number;
  readonly error: RefusalReason;
}

/** What became of a body. */
export type Acceptance =
  /** What is good of it is in the journal. */
  | { readonly accepted: number; readonly duplicates: number; readonly refused: readonly RefusedLine[] }
  /** Nothing was taken; after `journal-failed` the same body may be sent again later. */
  | { readonly rejected: RefusalReason | 'journal-failed' };
