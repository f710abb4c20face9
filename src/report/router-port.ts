import type { Cancel } from '../core/platform.ts';

/** What a report needs of a running router. */
export interface RouterPort {
  /** Where it listens for datagrams. */
  readonly address: { readonly host: string; readonly port: number };
  /** Calls `listener` with the text that is appended to the journal, in order, until the result is called. It begins with a header and holds whole lines. */
  tap(listener: (text: string) => void): Cancel;
  stats(): Promise<RouterBooks>;
}

/** The part of a router's books that a report shows; whatever else they hold is passed on as it is. */
export interface RouterBooks {
  /** Messages written to the journal since the start. */
  readonly accepted: number;
  /** Messages that had come before. */
  readonly duplicates: number;
  /** Lines and datagrams that were not taken, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Good messages that could not be written to the journal. */
  readonly journalFailed: number;
  /** Datagrams that the kernel dropped; undefined where the system does not tell. */
  readonly socketDrops: number | undefined;
  /** What senders numbered and what did not come. */
  readonly senders: { readonly senders: number; readonly missing: number };
  /** Messages not archived yet, and those that never will be. */
  readonly archive: {
    readonly waiting: number;
    readonly failures: number;
    readonly setAside: number;
    readonly expired: number;
  };
}
