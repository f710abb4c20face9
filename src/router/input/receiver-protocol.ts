import type { Segment } from '../journal/segment.ts';
import type { Recovered } from '../journal/recovery.ts';
import type { Acceptance, Via } from './acceptance.ts';
import type { ReceiverStats } from './receiver.ts';
import type { RecvBuffer } from './udp-socket.ts';

/** What the main thread says to the receiving thread. */
export type ToReceiver =
  | { readonly kind: 'accept'; readonly id: number; readonly body: Uint8Array; readonly via: Via }
  | { readonly kind: 'stats'; readonly id: number }
  | { readonly kind: 'tap'; readonly on: boolean }
  | { readonly kind: 'close' };

/** What the receiving thread says. */
export type FromReceiver =
  | {
      readonly kind: 'ready';
      readonly address: { readonly host: string; readonly port: number };
      readonly recvBuffer: RecvBuffer;
      readonly recovered: Recovered;
      readonly stats: ReceiverStats;
    }
  /** It could not start; nothing follows. */
  | { readonly kind: 'failed'; readonly code: 'udp-unusable' | 'receiver-failed'; readonly text: string }
  | { readonly kind: 'closed-segment'; readonly segment: Segment }
  | { readonly kind: 'trouble'; readonly text: string }
  | { readonly kind: 'accepted'; readonly id: number; readonly acceptance: Acceptance }
  | { readonly kind: 'stats'; readonly id: number; readonly stats: ReceiverStats }
  | { readonly kind: 'tapped'; readonly bytes: Uint8Array }
  /** Socket and journal are closed; nothing follows. */
  | { readonly kind: 'closed'; readonly stats: ReceiverStats };
