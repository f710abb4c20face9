import type { Cancel } from '../core/platform.ts';
import { formatTimestamp } from '../core/timestamp.ts';
import type { SendResult } from '../core/transport.ts';
import { splitDatagram } from './split-datagram.ts';

/** One body on its way. */
export interface Parcel {
  readonly count: number;
  /** Of this page; else of an earlier one. */
  readonly isOwn: boolean;
  encode(sentMs: number): string;
  settle(result: SendResult): void;
  /** Where it is kept, if it is. */
  key?: string | undefined;
  attempts: number;
  /** UTF-16 units, where it had to be kept and could only be kept here. */
  heldLength?: number;
  /** A request for it is under way; `safe` outlives the page. */
  flight?: 'safe' | 'lost' | undefined;
  /** Ends its pause before another attempt. */
  cancelPause?: Cancel | undefined;
}

/** What an earlier page has kept. */
export function keptParcel({ key, text }: { readonly key: string; readonly text: string }): Parcel {
  const count = text.split('\n').length - 2;
  return { key, count, isOwn: false, encode: (ms) => withSent(text, ms), settle: () => undefined, attempts: 0 };
}

/**
 * The parcel in two, which settle it together: its first `firstCount` messages, @default half of them, and the rest. Null where one would be empty.
 * What is lost of it counts as refused, unless all is, for one reason.
 */
export function partsOf(parcel: Parcel, text: string, firstCount?: number): readonly Parcel[] | null {
  const parts = splitDatagram(text, firstCount);
  let first: SendResult | undefined;
  let refusedCount = 0;
  return (
    parts &&
    parts.map((part) => ({
      count: part.count,
      isOwn: true,
      encode: (ms) => withSent(part.text, ms),
      settle(result) {
        refusedCount += result.status === 'sent' ? (result.refusedCount ?? 0) : part.count;
        if (first) parcel.settle(areLostAlike(first, result) ? result : { status: 'sent', refusedCount });
        first = result;
      },
      attempts: 0,
    }))
  );
}

const areLostAlike = (one: SendResult, other: SendResult): boolean =>
  one.status !== 'sent' && other.status !== 'sent' && one.reason === other.reason;

/** The text with the time of this attempt: the router reckons by it how far the page's clock is off. */
const withSent = (text: string, sentMs: number): string =>
  text.replace(/"sent":"[^"]*"/, `"sent":"${formatTimestamp(sentMs)}"`);
