import { MAX_BODY_BYTES, readOutcome, type HttpOutcome } from '../core/http-transport.ts';
import type { Cancel, Platform } from '../core/platform.ts';
import type { SendResult, Transport } from '../core/transport.ts';
import { createHold } from './hold.ts';
import { createKeepaliveQuota } from './keepalive-quota.ts';
import type { Kept } from './kept.ts';
import { ANSWER_TIMEOUT_MS, type Net } from './net.ts';
import { keptParcel, partsOf, type Parcel } from './parcel.ts';
import { linesWithin } from './split-datagram.ts';

/** Ships datagrams out of a page, as long as it is there and when it goes away. */
export interface PageTransport extends Transport {
  /**
   * Has the browser send what waits, or keeps it for the next page: this page may be gone after that. All of it before it returns where the page
   * `isGone`; where it is only hidden, what would hold it up goes on in tasks of its own.
   */
  leave(isGone: boolean): void;
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
/** What a task of a page that is hidden hands over, in UTF-16 units: to write it takes one or two milliseconds. */
const TASK_LENGTH = 128 * 1024;
/** What could not be kept elsewhere is kept in memory up to this, in UTF-16 units: a page may be hidden and shown without a network all day. */
const MAX_HELD_LENGTH = 4 * 1024 * 1024;
const CLOSED: SendResult = { status: 'refused', reason: 'closed', cause: 'the client was closed' };

/** `maxBytes`: the most that a body is filled to. */
export function createPageTransport(url: string, maxBytes: number, deps: PageTransportDeps): PageTransport {
  const { platform, net, kept } = deps;
  const quota = createKeepaliveQuota(platform);
  const parcels = new Set<Parcel>();
  /** Those of them that the browser or the storage is to take over. */
  const leaving = new Set<Parcel>();
  let flights = 0;
  let heldLength = 0;
  /** What this task may still hand over; no end to it once the page is gone. */
  let room = TASK_LENGTH;
  let isLeaving = false;
  let isClosed = false;
  let isFailing = false; // the last request was not taken, or could not be made
  let cancelReturn: Cancel | undefined;
  let cancelNext: Cancel | undefined;
  const hold = createHold(platform, pump); // the relay asks for it

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
    if (isClosed || isLeaving || hold.isOn) return; // it waits for `stay`, or for the pause to end
    if (!net.isOnline()) return void (isFailing = true); // what comes first after this may fail as well
    for (const parcel of parcels) {
      if (flights >= MAX_IN_FLIGHT) return;
      if (!parcel.flight && !parcel.cancelPause) void fly(parcel);
    }
    if (parcels.size > 0) return;
    const found = kept.next(platform.random());
    if (found === undefined) return;
    parcels.add(keptParcel(found));
    pump();
  }

  async function fly(parcel: Parcel): Promise<void> {
    const text = parcel.encode(platform.now());
    const bytes = quota.take(text);
    parcel.flight = bytes > 0 ? 'safe' : 'lost';
    flights += 1;
    let hasLanded = false;
    const landOnce = (outcome: HttpOutcome): void => {
      if (hasLanded) return;
      hasLanded = true;
      cancelWait();
      land(parcel, bytes, outcome);
    };
    // Where a page has replaced `fetch` by one that knows no signal, nothing else ends it.
    const cancelWait = platform.after(ANSWER_TIMEOUT_MS, () =>
      landOnce({ failure: `no answer within ${ANSWER_TIMEOUT_MS / 1_000} s` }),
    );
    landOnce(await net.post(url, text, bytes > 0));
  }

  function land(parcel: Parcel, bytes: number, outcome: HttpOutcome): void {
    flights -= 1;
    parcel.flight = undefined;
    if (bytes > 0) quota.give(bytes);
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
    const delayMs = afterMs + platform.random() * Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** parcel.attempts++);
    if (afterMs > 0) hold.begin(delayMs);
    else pause(parcel, delayMs);
  }

  function pause(parcel: Parcel, delayMs: number): void {
    parcel.cancelPause = platform.after(delayMs, () => {
      endPause(parcel);
      pump();
    });
  }

  function endPause(parcel: Parcel): void {
    parcel.cancelPause?.();
    parcel.cancelPause = undefined;
  }

  /** Hands over what is on its way out, as much as a task may. */
  function handOverNext(): void {
    for (const parcel of leaving) {
      if (room <= 0) {
        cancelNext ??= platform.after(0, () => {
          cancelNext = undefined;
          room = TASK_LENGTH;
          handOverNext();
        });
        return;
      }
      leaving.delete(parcel);
      if (!parcels.has(parcel) || parcel.key !== undefined) continue;
      if (hold.isOn || (parcel.flight === 'safe' && isFailing)) keep(parcel);
      else if (parcel.flight !== 'safe') {
        endPause(parcel);
        handOver(parcel);
      }
    }
  }

  /** Has the browser send it without the page. What there is no more place for goes to the next page; what the browser does not take comes in halves, then as a request. */
  function handOver(parcel: Parcel, isHalf = false): void {
    const text = parcel.encode(platform.now());
    if (!net.isOnline() || hold.isOn) return keep(parcel, text);
    const bytes = quota.take(text);
    if (bytes === 0) {
      // The first lines are the most valuable ones. What is on its way whole may arrive so.
      const firstCount = parcel.flight ? 0 : linesWithin(text, quota.bytesLeft, platform.byteLength);
      const parts = partsOf(parcel, text, firstCount);
      return parts ? handOverParts(parcel, parts) : keep(parcel, text);
    }
    room -= text.length;
    if (net.beacon(url, text)) {
      // Nobody tells what becomes of a beacon, and the last request failed: the next page says it again.
      if (isFailing) kept.put(text);
      platform.after(BEACON_MS, () => quota.give(bytes));
      return end(parcel, { status: 'sent' });
    }
    quota.give(bytes);
    const halves = isHalf ? null : partsOf(parcel, text);
    if (halves) return handOverParts(parcel, halves, true);
    parcel.key ??= kept.put(text); // until it has arrived: who refuses a beacon may refuse this, and the page may be gone by then
    void fly(parcel);
  }

  function handOverParts(parcel: Parcel, parts: readonly Parcel[], areHalves = false): void {
    parcels.delete(parcel);
    heldLength -= parcel.heldLength ?? 0;
    for (const part of parts) {
      parcels.add(part);
      handOver(part, areHalves);
    }
  }

  function keep(parcel: Parcel, text = parcel.encode(platform.now())): void {
    room -= text.length;
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
    leaving.clear();
    room = TASK_LENGTH;
    cancelReturn?.();
    for (const parcel of parcels) endPause(parcel);
    pump();
  }

  const cancelFirst = platform.after(0, pump);
  return {
    datagramBytes: Math.min(maxBytes, BATCH_BYTES),
    maxBytes: MAX_BODY_BYTES,
    maxInFlight: MAX_IN_FLIGHT,
    send: ({ count, encode }) =>
      new Promise((resolve) => {
        if (isClosed) return resolve(CLOSED);
        const parcel: Parcel = { count, isOwn: true, encode, settle: resolve, attempts: 0 };
        parcels.add(parcel);
        if (isLeaving) {
          leaving.add(parcel);
          handOverNext();
        } else pause(parcel, 0); // not within the page's own call: a request takes a tenth of a millisecond to begin
      }),
    hurry() {
      isLeaving = true;
    },
    leave(isGone) {
      isLeaving = true;
      if (isGone) room = Infinity;
      for (const parcel of parcels) leaving.add(parcel);
      handOverNext();
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
      hold.end();
      cancelReturn?.();
      // What is under way is answered; the rest is given back, and what earlier pages kept stays kept.
      for (const parcel of [...parcels]) {
        if (parcel.flight) continue;
        parcel.cancelPause?.();
        if (parcel.key !== undefined && parcel.isOwn) kept.remove(parcel.key);
        parcels.delete(parcel);
        parcel.settle(CLOSED);
      }
      return Promise.resolve();
    },
  };
}
