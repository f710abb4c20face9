import { MAX_BODY_BYTES, readOutcome } from '../core/http-transport.ts';
import type { Cancel, Platform } from '../core/platform.ts';
import { formatTimestamp } from '../core/timestamp.ts';
import type { SendResult, Transport } from '../core/transport.ts';
import { createKeepaliveQuota } from './keepalive-quota.ts';
import type { Kept } from './kept.ts';
import type { Net } from './net.ts';
import { splitDatagram } from './split-datagram.ts';

/** Ships datagrams out of a page, as long as it is there and when it goes away. */
export interface PageTransport extends Transport {
  /** Has the browser send what waits, or keeps it for the next page, before it returns: this page may be gone after that. */
  leave(): void;
  /** The page is back, or online again: what waits goes on. */
  stay(): void;
}

export interface PageTransportDeps {
  readonly platform: Platform;
  readonly net: Net;
  readonly kept: Kept;
}

/** Bodies are filled up to this, in bytes: three of them can outlive the page. */
const BATCH_BYTES = 16 * 1024;
/** Requests under way at once: a browser has six connections to a host, and the page needs them itself. */
const MAX_IN_FLIGHT = 3;
/** First and longest pause before another attempt, in milliseconds; a random part of it is waited. There are attempts as long as there is the page. */
const RETRY_BASE_MS = 1_000;
const RETRY_MAX_MS = 60_000;
/** Nobody tells when a beacon has arrived; after this it counts as arrived, and a page that is still there goes on. In milliseconds. */
const BEACON_MS = 5_000;

/** What could not be kept elsewhere is kept in memory up to this, in UTF-16 units: a page may be hidden and shown without a network all day. */
const MAX_HELD_LENGTH = 4 * 1024 * 1024;

const SENT: SendResult = { status: 'sent' };

/** One body on its way. */
interface Parcel {
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
  /** The relay asked for the pause, so that nothing shortens it. */
  isPutOff?: boolean;
}

/** `maxBytes`: the most that a body is filled to. */
export function createPageTransport(url: string, maxBytes: number, deps: PageTransportDeps): PageTransport {
  const { platform, net, kept } = deps;
  const quota = createKeepaliveQuota();
  const parcels = new Set<Parcel>();
  let flights = 0;
  let heldLength = 0;
  let isLeaving = false;
  let isClosed = false;
  let isFailing = false; // the last request was not taken
  let cancelReturn: Cancel | undefined;

  function end(parcel: Parcel, result: SendResult): void {
    parcel.cancelPause?.();
    if (!parcels.delete(parcel)) return; // another attempt was quicker
    heldLength -= parcel.heldLength ?? 0;
    if (parcel.key !== undefined) kept.remove(parcel.key);
    parcel.settle(result);
    pump();
  }

  /** Starts what may start: what waits here, then what earlier pages kept, one at a time; the router knows what it has already. */
  function pump(): void {
    if (isClosed || isLeaving || !net.isOnline()) return; // else it waits for `stay`
    for (const parcel of parcels) {
      if (flights >= MAX_IN_FLIGHT) return;
      if (!parcel.flight && !parcel.cancelPause) void fly(parcel);
    }
    if (parcels.size === 0) takeKept();
  }

  function takeKept(): void {
    const [found] = kept.all();
    if (!found) return;
    const { key, text } = found;
    const count = text.split('\n').length - 2;
    parcels.add({ key, count, isOwn: false, encode: (ms) => withSent(text, ms), settle: () => undefined, attempts: 0 });
    pump();
  }

  async function fly(parcel: Parcel): Promise<void> {
    const text = parcel.encode(platform.now());
    const bytes = platform.byteLength(text);
    const isSafe = quota.take(bytes);
    parcel.flight = isSafe ? 'safe' : 'lost';
    flights += 1;
    const outcome = await net.post(url, text, isSafe);
    flights -= 1;
    parcel.flight = undefined;
    if (isSafe) quota.give(bytes);
    const result = readOutcome(url, outcome, parcel.count, platform.now());
    isFailing = result.status === 'retry';
    if (result.status !== 'retry') end(parcel, result);
    else if (isClosed) end(parcel, { ...result, status: 'refused' });
    else if (parcels.has(parcel)) {
      if (isLeaving) keep(parcel);
      putOff(parcel, result.afterMs);
    }
    pump();
  }

  /** Tries again later: after what the relay asks for, and a random part of what grows with each attempt, as many pages ask at once. */
  function putOff(parcel: Parcel, afterMs = 0): void {
    const mostMs = Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** parcel.attempts++);
    parcel.isPutOff = afterMs > 0;
    parcel.cancelPause = platform.after(afterMs + platform.random() * mostMs, () => {
      endPause(parcel);
      pump();
    });
  }

  function endPause(parcel: Parcel): void {
    parcel.cancelPause?.();
    parcel.cancelPause = undefined;
  }

  /** Has the browser send it without the page. What it does not take comes in halves, then as a request, then to the next page. */
  function handOver(parcel: Parcel, isHalf = false): void {
    const text = parcel.encode(platform.now());
    const bytes = platform.byteLength(text);
    if (!net.isOnline() || !quota.take(bytes)) return keep(parcel, text);
    if (net.beacon(url, text)) {
      // Nobody tells what becomes of a beacon, and the last request failed: the next page says it again.
      if (isFailing) kept.put(text);
      platform.after(BEACON_MS, () => quota.give(bytes));
      return end(parcel, SENT);
    }
    quota.give(bytes);
    const halves = isHalf ? null : splitDatagram(text);
    if (!halves) return void fly(parcel);
    parcels.delete(parcel);
    let open = halves.length;
    let refusedCount = 0;
    for (const half of halves) {
      const settle = (result: SendResult): void => {
        refusedCount += result.status === 'sent' ? (result.refusedCount ?? 0) : half.count;
        if (--open === 0) parcel.settle({ status: 'sent', refusedCount });
      };
      const part: Parcel = {
        count: half.count,
        isOwn: true,
        encode: (ms) => withSent(half.text, ms),
        settle,
        attempts: 0,
      };
      parcels.add(part);
      handOver(part, true);
    }
  }

  function keep(parcel: Parcel, text = parcel.encode(platform.now())): void {
    parcel.key ??= kept.put(text);
    if (parcel.key !== undefined || parcel.heldLength !== undefined) return;
    parcel.heldLength = text.length;
    heldLength += text.length;
    if (heldLength <= MAX_HELD_LENGTH) return;
    const cause = 'more waits than can be kept for when the page can send again';
    end(parcel, { status: 'refused', reason: 'queue-full', cause });
  }

  function stay(): void {
    isLeaving = false;
    cancelReturn?.();
    for (const parcel of parcels) if (parcel.isPutOff !== true) endPause(parcel);
    pump();
  }

  const cancelFirst = platform.after(0, pump);
  return {
    datagramBytes: Math.min(maxBytes, BATCH_BYTES),
    maxBytes: MAX_BODY_BYTES,
    maxInFlight: MAX_IN_FLIGHT,
    send: ({ count, encode }) =>
      new Promise((resolve) => {
        const parcel: Parcel = { count, isOwn: true, encode, settle: resolve, attempts: 0 };
        parcels.add(parcel);
        if (isLeaving) handOver(parcel);
        // Not within the page's own call: a request takes a tenth of a millisecond to begin.
        else
          parcel.cancelPause = platform.after(0, () => {
            endPause(parcel);
            pump();
          });
      }),
    hurry() {
      isLeaving = true;
    },
    leave() {
      isLeaving = true;
      for (const parcel of [...parcels]) {
        if (parcel.key !== undefined) continue;
        if (parcel.isPutOff === true || (parcel.flight === 'safe' && isFailing)) keep(parcel);
        else if (parcel.flight !== 'safe') {
          endPause(parcel);
          handOver(parcel);
        }
      }
      // A tab that is only hidden may be so for hours.
      cancelReturn?.();
      cancelReturn = platform.after(BEACON_MS, stay);
    },
    stay,
    discard() {
      isClosed = true;
      kept.clear();
      for (const parcel of [...parcels]) {
        parcel.key = undefined;
        end(parcel, { status: 'refused', reason: 'disabled', cause: 'the client was disabled' });
      }
    },
    close() {
      isClosed = true;
      cancelFirst();
      cancelReturn?.();
      // What is under way is answered; the rest is given back, and what earlier pages kept stays kept.
      for (const parcel of [...parcels]) {
        if (parcel.flight) continue;
        parcel.cancelPause?.();
        if (parcel.key !== undefined && parcel.isOwn) kept.remove(parcel.key);
        parcels.delete(parcel);
        parcel.settle({ status: 'refused', reason: 'closed', cause: 'the client was closed' });
      }
      return Promise.resolve();
    },
  };
}

/** The text with the time of this attempt: the router reckons by it how far the page's clock is off. */
const withSent = (text: string, sentMs: number): string =>
  text.replace(/"sent":"[^"]*"/, `"sent":"${formatTimestamp(sentMs)}"`);
