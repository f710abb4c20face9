import type { Segment } from '../journal/segment.ts';
import type { Recovered } from '../journal/recovery.ts';
import type { Written } from '../journal/written.ts';
import type { Acceptance, Via } from './acceptance.ts';
import type { KeyRules } from './keys.ts';
import type { LedgerSummary } from './ledger-summary.ts';
import type { ReceiverOptions, ReceiverStats } from './receiver.ts';
import type { RecvBuffer } from './udp-socket.ts';

/** What the receiving thread starts with. */
export interface ThreadOptions extends ReceiverOptions {
  /** It tells of what is written from its first message on. */
  readonly isTapped: boolean;
}

/** What the main thread says to the receiving thread. */
export type ToReceiver =
  | {
      readonly kind: 'accept';
      readonly id: number;
      readonly body: Uint8Array;
      readonly via: Via;
      /** Id of the key that its page was let in with. */
      readonly key: string | undefined;
    }
  | { readonly kind: 'keys'; readonly rules: KeyRules }
  | { readonly kind: 'stats'; readonly id: number }
  | { readonly kind: 'ledger'; readonly id: number }
  | { readonly kind: 'tap'; readonly id: number; readonly on: boolean }
  /** So much of what was written has been heard of. */
  | { readonly kind: 'heard'; readonly byteLength: number }
  | { readonly kind: 'close' };

/** What the receiving thread says. */
export type FromReceiver =
  | {
      readonly kind: 'ready';
      readonly address: { readonly host: string; readonly port: number };
      readonly recvBuffer: RecvBuffer;
      readonly recovered: Recovered;
      readonly firstOffset: number;
      readonly ledgerOffset: number;
      readonly stats: ReceiverStats;
      readonly summary: LedgerSummary;
    }
  /** It could not start; nothing follows. */
  | { readonly kind: 'failed'; readonly code: 'udp-unusable' | 'receiver-failed'; readonly text: string }
  | { readonly kind: 'closed-segment'; readonly segment: Segment }
  | { readonly kind: 'trouble'; readonly text: string }
  | { readonly kind: 'accepted'; readonly id: number; readonly acceptance: Acceptance }
  | { readonly kind: 'stats'; readonly id: number; readonly stats: ReceiverStats }
  | { readonly kind: 'ledger'; readonly id: number; readonly summary: LedgerSummary }
  | { readonly kind: 'ledger-saved'; readonly offset: number }
  /** What is written from this offset on is told. */
  | { readonly kind: 'tapped'; readonly id: number; readonly nextOffset: number }
  | ({ readonly kind: 'written' } & Written)
  /** Socket and journal are closed; nothing follows. */
  | { readonly kind: 'closed'; readonly stats: ReceiverStats; readonly summary: LedgerSummary };
