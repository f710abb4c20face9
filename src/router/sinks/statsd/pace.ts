import type { Clock } from '../../../core/platform.ts';
import { untilAborted } from '../until-aborted.ts';

/** Keeps a burst from overflowing the receiver's socket, which drops without a word. */
export interface Pace {
  /** Whether one more datagram may leave now; then it counts as sent. */
  admits(datagramBytes: number): boolean;
  /** Resolves once `admits` allows again, or `signal` is aborted. */
  rest(signal: AbortSignal): Promise<void>;
}

/**
 * Memory of the receiver's socket that may be filled between two looks at it, in bytes. Linux gives a socket 212,992 unless it asks for more
 * (`net.core.rmem_default`), and statsd asks for none: this and what a look lets pass is two thirds of it, the rest is for other senders.
 */
const BURST_MEMORY_BYTES = 80 * 1024;
/** A queue below this counts as read. */
const CALM_MEMORY_BYTES = 56 * 1024;
/** Memory that the kernel takes for a datagram: its own record, and the next power of two of the rest, at most. */
const memoryOf = (datagramBytes: number): number => 768 + 2 * datagramBytes;
/** Between two looks at a queue that is being read, in milliseconds. */
const LOOK_AGAIN_MS = 1;
/** Doubled up to this while nobody reads it: each look holds up everything else, and a receiver that is stuck is looked at until the deadline. */
const MAX_LOOK_AGAIN_MS = 10;
/** Where the queue could not be read it is not tried again for so long, in milliseconds. */
const BLIND_MS = 1_000;

/** A pace by what waits in the receiver's socket, for a receiver on this machine. `read` is asked once a burst. */
export function createQueuePace(read: () => number | undefined, clock: Clock): Pace {
  const timed = createTimedPace(clock);
  let sentMemoryBytes = 0;
  /** Until then nothing is known of the queue, and the clock's pace is kept. */
  let blindUntilMs = -Infinity;
  return {
    admits(datagramBytes) {
      if (clock.monotonic() < blindUntilMs) return timed.admits(datagramBytes);
      const memoryBytes = memoryOf(datagramBytes);
      if (sentMemoryBytes > 0 && sentMemoryBytes + memoryBytes > BURST_MEMORY_BYTES) return false;
      sentMemoryBytes += memoryBytes;
      return true;
    },
    async rest(signal) {
      let pauseMs = LOOK_AGAIN_MS;
      let lastQueued = Infinity;
      while (!signal.aborted) {
        if (clock.monotonic() < blindUntilMs) return timed.rest(signal);
        const queued = read();
        if (queued === undefined) {
          blindUntilMs = clock.monotonic() + BLIND_MS;
        } else if (queued < CALM_MEMORY_BYTES) {
          sentMemoryBytes = 0;
          return;
        } else {
          pauseMs = queued < lastQueued ? LOOK_AGAIN_MS : Math.min(2 * pauseMs, MAX_LOOK_AGAIN_MS);
          lastQueued = queued;
          await pause(pauseMs, clock, signal);
        }
      }
    },
  };
}

/**
 * What may leave at once, and what is allowed again each millisecond, in bytes: 11 full datagrams, and 3,500 a second, which is 160,000 metrics
 * of a usual length. statsd reads twice as many, and its socket holds what comes in 25 ms.
 */
const BURST_BYTES = 16 * 1024;
const BYTES_PER_MS = 5_000;
/** Timers are no more exact than this, in milliseconds. */
const REST_MS = 3;

/** A pace by the clock, for a receiver of which nothing can be known. */
export function createTimedPace(clock: Clock): Pace {
  let allowedBytes = BURST_BYTES;
  let atMs = clock.monotonic();
  return {
    admits(datagramBytes) {
      const nowMs = clock.monotonic();
      allowedBytes = Math.min(BURST_BYTES, allowedBytes + (nowMs - atMs) * BYTES_PER_MS);
      atMs = nowMs;
      if (allowedBytes < Math.min(datagramBytes, BURST_BYTES)) return false;
      allowedBytes -= datagramBytes;
      return true;
    },
    rest: (signal) => pause(REST_MS, clock, signal),
  };
}

/** Resolves after `ms`, or once `signal` is aborted. */
export async function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  let cancel = (): void => undefined;
  const over = new Promise<void>((resolve) => (cancel = clock.after(ms, resolve)));
  await untilAborted(over, signal).catch(cancel);
}
