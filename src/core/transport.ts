import type { DropReason } from './drop-reason.ts';

/** One datagram's worth of messages, numbered. */
export interface Datagram {
  readonly seq: number;
  readonly count: number;
  /** The encoded text; the header says `sentMs`, so each attempt encodes anew. */
  encode(sentMs: number): string;
}

export type SendResult =
  /** It left. `refusedCount`: how many of its messages the other side answered that it will never take. */
  | { readonly status: 'sent'; readonly refusedCount?: number }
  /** Worth another attempt, no sooner than `afterMs`; counted as `reason` if there is none. */
  | { readonly status: 'retry'; readonly afterMs?: number; readonly reason: DropReason; readonly cause: string }
  | { readonly status: 'refused'; readonly reason: DropReason; readonly cause: string };

/** Ships datagrams out of the SDK. */
export interface Transport {
  /** Fill a datagram up to this many bytes. */
  readonly datagramBytes: number;
  /** The most that one datagram may have, in whatever parts it travels; a message that does not fit is shortened. */
  readonly maxBytes: number;
  /** Delivers one datagram, acting before it returns where the runtime allows. Never rejects: failure is a result. */
  send(datagram: Datagram): Promise<SendResult>;
  /** Sends what it holds back before it returns, and holds nothing back any more: the process is ending. @default it holds nothing back */
  hurry?(): void;
  /** Datagrams that may be under way at once. @default 64 */
  readonly maxInFlight?: number;
  /** Forgets what is under way or kept for later, which settles as `disabled`; ends as `close` does. @default as `close` */
  discard?(): void;
  /** Releases everything; what is under way settles first or as refused. Idempotent. */
  close(): Promise<void>;
}
