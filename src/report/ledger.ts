import type { ArchiveBook, CopyBook, InputBook, JournalBook, RelayBook, RouterBooks, SinkBook } from './books.ts';
import type { LedgerPath } from './ledger-path.ts';

/** What `GET /api/ledger` answers: where every message is, and what was lost. */
export interface Ledger {
  /** When these numbers were read, in ISO 8601. */
  readonly at: string;
  /** When the server started, in ISO 8601. */
  readonly startedAt: string;
  /** What a person should know, one sentence each, worst first; empty if all is well. */
  readonly notes: readonly string[];
  /** What came in since the start. */
  readonly input: InputBook;
  /** What was asked over HTTP, and what was refused before it became input. */
  readonly relay: RelayBook;
  readonly socket: LedgerSocket;
  /** What senders numbered and what did not come; it goes on after a restart. */
  readonly path: LedgerPath;
  /** By the sinks' names. `trouble` is null after a write that did not fail. */
  readonly sinks: Readonly<Record<string, LedgerSink>>;
  /** Messages that came while there were sinks and that no route took. They are archived all the same. */
  readonly unmatched: number;
  /** Messages that no sink can have, as the journal is damaged where they lie. */
  readonly unread: number;
  /**
   * Messages that waited for sinks which are not configured any more, at most: of one that was missing at the start, all messages of the journal that
   * were not looked at for it.
   */
  readonly abandoned: number;
  /** `copy` is null where the archive has none; its `trouble` is null while the store works. */
  readonly archive: Omit<ArchiveBook, 'copy'> & { readonly copy: LedgerCopy | null };
  readonly journal: JournalBook;
}

export interface LedgerSocket {
  /**
   * Datagrams that the kernel dropped since the socket was bound, its receive buffer full; null where the system does not tell. The likely cause of
   * what is missing on the path, and never subtracted from it: nobody knows how many messages a datagram held.
   */
  readonly droppedDatagrams: number | null;
  /** The kernel's buffer for datagrams that have not been read yet, in bytes; less than asked where the system allows no more. */
  readonly receiveBuffer: RouterBooks['recvBuffer'];
}

export interface LedgerCopy extends Omit<CopyBook, 'trouble'> {
  readonly trouble: string | null;
}

export interface LedgerSink extends Omit<SinkBook, 'trouble'> {
  readonly trouble: string | null;
}
