import type { PathCounts } from './path-counts.ts';

/**
 * What a router knows of the messages that it took, by where they are now. All of it counts from the start of the process, but for what the
 * path's book says and for what lies on disk. Nothing in one book is subtracted from another.
 */
export interface RouterBooks extends InputBook {
  /** Datagrams that the kernel dropped since the socket was bound, its receive buffer full; undefined where the system does not tell. */
  readonly socketDrops: number | undefined;
  /** The kernel's buffer for datagrams that have not been read yet, in bytes; less than asked where the system allows no more. */
  readonly recvBuffer: { readonly askedBytes: number; readonly grantedBytes: number };
  /** What senders numbered and what did not come, in short; the path's book has it by logger and hour. */
  readonly senders: SenderCounts & {
    /** Senders remembered now. */
    readonly senders: number;
    /** Numbers that did not come: a lower bound while a sender is open or ended silently. */
    readonly missing: number;
  };
  /** Exceptions of pages for which source maps were asked; of these, those that no answer came for in time; and maps that cannot be read. */
  readonly maps: { readonly asked: number; readonly late: number; readonly broken: number };
  readonly journal: JournalBook;
  readonly archive: ArchiveBook;
  /** The book of each sink, by its name. */
  readonly sinks: Readonly<Record<string, SinkBook>>;
  /** Messages that came while there were sinks and that no route took. They are archived all the same. */
  readonly unmatched: number;
  /** Messages that no sink can have, as the journal is damaged where they lie. */
  readonly unread: number;
  /**
   * Messages that waited for sinks which are not configured any more, at most: of one that was missing at the start, all messages of the journal that
   * were not looked at for it.
   */
  readonly abandoned: number;
}

/**
 * What came in. At every moment each datagram has one outcome: `datagrams + chunks.messages = read + rejected + chunks.pending + chunks.joined +
 * chunks.duplicates + chunks.incomplete + chunks.overflow`; and each line has one: `lines + rejected + A = accepted + duplicates + journalFailed +
 * pending + the sum of refused`, where A is `refused['chunk-incomplete'] + refused['chunk-overflow']`.
 */
export interface InputBook {
  /** Datagrams and HTTP bodies received. */
  readonly datagrams: number;
  /** Their bytes. */
  readonly bytes: number;
  /** Datagrams, bodies and messages of chunks of which the lines were read. */
  readonly read: number;
  /** Those of which nothing could be read; `refused` says why. */
  readonly rejected: number;
  /** Lines read: one a message. */
  readonly lines: number;
  /** Datagrams that carried a part of a longer message. */
  readonly chunks: ChunkBook;
  /** Messages written to the journal. */
  readonly accepted: number;
  /** Messages that had come before. */
  readonly duplicates: number;
  /** By reason: lines that were not taken, datagrams of which nothing could be read, and messages whose chunks were given up. */
  readonly refused: Readonly<Record<string, number>>;
  /** Good messages that could not be written to the journal. */
  readonly journalFailed: number;
  /** Messages on their way to the journal. */
  readonly pending: number;
}

/** What the relay did, by request. At every moment each is in one place: `requests = accepted + preflights + pending + the sum of refused`. */
export interface RelayBook {
  /** Requests that asked to send, those at a wrong path or for a wrong host too. */
  readonly requests: number;
  /** Bodies of which at least one message was taken. */
  readonly accepted: number;
  /** Questions of browsers whether a page may send. */
  readonly preflights: number;
  /** Not answered yet. */
  readonly pending: number;
  /** By reason; every reason is there. */
  readonly refused: Readonly<Record<string, number>>;
  /** Messages of the bodies, and lines of them that were not taken. */
  readonly messages: { readonly accepted: number; readonly refused: number };
}

/** Parts of longer messages; each is in exactly one of these but `messages`, or rejected. */
export interface ChunkBook {
  /** Waiting for the rest of their message. */
  readonly pending: number;
  /** Part of a message that became whole. */
  readonly joined: number;
  /** Had come before. */
  readonly duplicates: number;
  /** The rest of their message did not come in time. */
  readonly incomplete: number;
  /** Too much was held, or their message was too long. */
  readonly overflow: number;
  /** Messages that became whole. */
  readonly messages: number;
}

/** Senders that are remembered, by what is known of them. */
export interface SenderCounts {
  /** Heard of in the last ten minutes, and not closed. */
  readonly open: number;
  /** Reported their end: what is known of them is all. */
  readonly closed: number;
  /** Not heard of for ten minutes, though one that lives reports each minute: nobody knows what they sent last. */
  readonly silent: number;
  /** Forgotten because there were too many, since the book began. */
  readonly evicted: number;
}

export interface JournalBook {
  /** Closed segments that someone still has to read. */
  readonly segments: number;
  /** Their bytes. */
  readonly bytes: number;
  /** Segments that could not be read and lie in the journal's folder as `.bad`, of earlier runs too; `deletedFiles`: of them, since the start, to make room. */
  readonly setAside: { readonly files: number; readonly bytes: number; readonly deletedFiles: number };
  /** What the last start cut off the journal's end: unfinished text that a crash left, and in how many segments. */
  readonly torn: { readonly segments: number; readonly bytes: number };
}

export interface ArchiveBook {
  /** Messages in closed segments that are not archived yet. */
  readonly waiting: number;
  /** Attempts that failed, to archive a segment or to merge; each is made again. */
  readonly failures: number;
  /** Messages in segments that could not be read, which were set aside. */
  readonly setAside: number;
  /** Messages that the journal deleted before they were archived, because it had become too large. */
  readonly expired: number;
  /** Messages that `archive.except` and `archive.only` left out. */
  readonly excepted: number;
  /** Its copy in another store; undefined where there is none. */
  readonly copy?: CopyBook | undefined;
}

/** The copy of the archive's files in another store. */
export interface CopyBook {
  /** Where it is. */
  readonly url: string;
  /** Files that are to be copied and are not yet, and their bytes. */
  readonly waitingFiles: number;
  readonly waitingBytes: number;
  /** Messages in them; of a file that cannot be read, as many as its name allows for. */
  readonly waitingMessages: number;
  /** What was copied since the start. */
  readonly copiedFiles: number;
  readonly copiedBytes: number;
  readonly copiedMessages: number;
  /** Attempts that failed since the start; each is made again. */
  readonly failures: number;
  /** Files that wait because other content has the name there, or part of the messages may be there already, in another file. */
  readonly conflicts: number;
  /** Messages deleted for good since the start, as too many bytes waited past their retention. */
  readonly expired: number;
  /** What is wrong with the store, in a sentence; undefined while it works. */
  readonly trouble: string | undefined;
}

/** The book of one sink: at every quiet moment `routed = delivered + waiting + deadLettered + expired`. */
export interface SinkBook {
  /** Messages that its routes named, since the start, and those that waited then. */
  readonly routed: number;
  /** Messages that its back end took. */
  readonly delivered: number;
  /** Not settled yet: in the journal, in the batch at hand, or to be tried again. */
  readonly waiting: number;
  /** In its dead-letter file, for good unless they are replayed. */
  readonly deadLettered: number;
  /** Deleted before it had taken them, as the journal or its dead letters had become too large. */
  readonly expired: number;
  /** Writes that failed or were put off. */
  readonly failures: number;
  /** `resting`: waits after a failure. `open`: too many failures, now and then one attempt. `hung`: a write has not settled although it was aborted. */
  readonly state: SinkState;
  /** Why the last write failed, in the back end's words; undefined after one that did not. */
  readonly trouble: string | undefined;
  /** What the sink itself left out, by reason; as far as `delivered` knows, delivered. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Age of the oldest message that waits, in milliseconds; 0 if none does. */
  readonly lagMs: number;
}

export const SINK_STATES = ['ready', 'writing', 'resting', 'open', 'hung', 'closed'] as const;
export type SinkState = (typeof SINK_STATES)[number];

/** The path's book, by logger and hour of receipt. */
export interface PathBooks {
  /** Since when it is kept, in epoch milliseconds: it goes on after a restart. */
  readonly sinceMs: number;
  readonly senders: SenderCounts;
  /** The sum of all rows. `numbered = received + missing + uncounted`; the last are numbers of which nobody can say whether they were lost. */
  readonly total: PathCounts & { readonly uncounted: number };
  /** Newest hour first. `hourMs` is the hour's start in epoch milliseconds, null for all hours that are not kept one by one any more. */
  readonly rows: readonly PathRow[];
  /** Open senders of which most is missing, worst first. */
  readonly worst: readonly OpenSender[];
}

export interface PathRow extends PathCounts {
  /** `(other)` stands for all loggers past a bound. */
  readonly logger: string;
  readonly hourMs: number | null;
}

/** A sender that may still say something, and of which something is missing. */
export interface OpenSender {
  /** Its name, or a digest of a long one. */
  readonly sender: string;
  readonly logger: string;
  /** How many numbers it has given out, as far as is known. */
  readonly next: number;
  /** How many of them have not come. */
  readonly missing: number;
  /** When it was last heard of, in epoch milliseconds. */
  readonly seenMs: number;
}
