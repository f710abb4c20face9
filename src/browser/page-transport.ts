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
  /** The page is back, or online again: what waits is tried at once. */
  stay(): void;
}

export interface PageTransportDeps {
  readonly platform: Platform;
  readonly net: Net;
  readonly kept: Kept;
}

/** Bodies are filled up to this, in bytes: four of them can outlive the page. */
const BATCH_BYTES = 16 * 1024;
/** Requests under way at once: a browser has six connections to a host, and the page needs them itself. */
const MAX_IN_FLIGHT = 3;
/** First and longest pause before another attempt, in milliseconds; a random part of it is waited. There are attempts as long as there is the page. */
const RETRY_BASE_MS = 1_000;
const RETRY_MAX_MS = 60_000;
/** Nobody tells when a beacon has arrived; after this it counts as arrived, in milliseconds. */
const BEACON_MS = 5_000;

const SENT: SendResult = { status: 'sent' };

/** One body on its way. */
interface Parcel {
  readonly count: number;
  encode(sentMs: number): string;
  settle(result: SendResult): void;
  /** Where it is kept, if it is. */
  key?: string | undefined;
  attempts: number;
  /** A request for it is under way; `safe` outlives the page. */
  flight?: 'safe' | 'lost' | undefined;
  cancelPause?: Cancel | undefined;
}

/** `maxBytes`: the most that a body is filled to. */
export function createPageTransport(url: string, maxBytes: number, deps: PageTransportDeps): PageTransport {
  const { platform, net, kept } = deps;
  const quota = createKeepaliveQuota();
  const parcels = new Set<Parcel>();
  let isLeaving = false;
  let isClosed = false;
  let isFailing = false; // the last request was not taken

  function end(parcel: Parcel, result: SendResult): void {
    parcel.cancelPause?.();
    if (!parcels.delete(parcel)) return; // another attempt was quicker
    if (parcel.key !== undefined) kept.remove(parcel.key);
    parcel.settle(result);
    if (parcel.key !== undefined) sendKept();
  }

  function start(parcel: Parcel): void {
    if (isLeaving) handOver(parcel);
    else if (net.isOnline()) void fly(parcel); // else it waits for `stay`
  }

  async function fly(parcel: Parcel): Promise<void> {
    const text = parcel.encode(platform.now());
    const bytes = platform.byteLength(text);
    const isSafe = quota.take(bytes);
    parcel.flight = isSafe ? 'safe' : 'lost';
    const outcome = await net.post(url, text, isSafe);
    parcel.flight = undefined;
    if (isSafe) quota.give(bytes);
    const result = readOutcome(url, outcome, parcel.count, platform.now());
    isFailing = result.status === 'retry';
    if (result.status !== 'retry') end(parcel, result);
    else if (!parcels.has(parcel)) return;
    else if (isLeaving) keep(parcel);
    else {
      const pauseMs = Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** parcel.attempts++) * platform.random();
      parcel.cancelPause = platform.after(result.afterMs ?? pauseMs, () => start(parcel));
    }
  }

  /** Has the browser send it without the page. What it does not take comes in halves, then as a request, then to the next page. */
  function handOver(parcel: Parcel, isHalf = false): void {
    const text = parcel.encode(platform.now());
    const bytes = platform.byteLength(text);
    if (!net.isOnline() || !quota.take(bytes)) return keep(parcel);
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
      const part: Parcel = { count: half.count, encode: (ms) => withSent(half.text, ms), settle, attempts: 0 };
      parcels.add(part);
      handOver(part, true);
    }
  }

  function keep(parcel: Parcel): void {
    parcel.key ??= kept.put(parcel.encode(platform.now()));
  }

  /** Sends what earlier pages kept, one after the other; the router knows what it has already. */
  function sendKept(): void {
    if (isClosed || isLeaving) return;
    const known = new Set([...parcels].map(({ key }) => key));
    const found = kept.all().find(({ key }) => !known.has(key));
    if (!found) return;
    const { key, text } = found;
    const count = text.split('\n').length - 2;
    const parcel: Parcel = { key, count, encode: (ms) => withSent(text, ms), settle: () => undefined, attempts: 0 };
    parcels.add(parcel);
    start(parcel);
  }

  function cancelAll(result: SendResult): void {
    for (const parcel of [...parcels]) {
      parcel.key = undefined; // what is kept, stays
      end(parcel, result);
    }
  }

  platform.after(0, sendKept);
  return {
    datagramBytes: Math.min(maxBytes, BATCH_BYTES),
    maxBytes: MAX_BODY_BYTES,
    maxInFlight: MAX_IN_FLIGHT,
    send: (datagram) =>
      new Promise((resolve) => {
        const { count, encode } = datagram;
        const parcel: Parcel = { count, encode, settle: resolve, attempts: 0 };
        parcels.add(parcel);
        // Not within the page's own call: a request takes a tenth of a millisecond to begin.
        if (isLeaving) handOver(parcel);
        else parcel.cancelPause = platform.after(0, () => start(parcel));
      }),
    hurry() {
      isLeaving = true;
    },
    leave() {
      isLeaving = true;
      for (const parcel of [...parcels]) {
        if (parcel.key !== undefined) continue;
        parcel.cancelPause?.();
        if (parcel.flight !== 'safe') handOver(parcel);
        else if (isFailing) keep(parcel);
      }
    },
    stay() {
      isLeaving = false;
      for (const parcel of [...parcels]) {
        if (parcel.flight) continue;
        parcel.cancelPause?.();
        start(parcel);
      }
      sendKept();
    },
    discard() {
      isClosed = true;
      kept.clear();
      cancelAll({ status: 'refused', reason: 'disabled', cause: 'the client was disabled' });
    },
    close() {
      isClosed = true;
      for (const parcel of parcels) keep(parcel);
      cancelAll({ status: 'refused', reason: 'closed', cause: 'the client was closed; the next page tries once more' });
      return Promise.resolve();
    },
  };
}

/** The text with the time of this attempt: the router reckons by it how far the page's clock is off. */
const withSent = (text: string, sentMs: number): string =>
  text.replace(/"sent":"[^"]*"/, `"sent":"${formatTimestamp(sentMs)}"`);
