import type { Books } from './books.ts';
import type { Cancel, Platform } from './platform.ts';
import { createQueue } from './queue.ts';
import { createSender, type Sender } from './sender.ts';
import type { Severity } from './severity.ts';
import type { Datagram, SendResult, Transport } from './transport.ts';

/** Datagrams under way at once. What comes faster than they leave waits in the queue, which is bounded in bytes. */
const MAX_IN_FLIGHT = 64;

export interface ShipperOptions {
  readonly logger: string;
  readonly maxQueueBytes: number;
  readonly flushMs: number;
}

/** Takes encoded lines, fills datagrams, and sees each to its end in the books. */
export interface Shipper {
  /** Messages waiting or under way. */
  readonly queued: number;
  /** The longest line that one datagram can carry, in bytes. */
  readonly maxLineBytes: number;
  pushLine(line: string, bytes: number, severity: Severity): void;
  /** Sends what waits, and what is pushed from now on, to `transport`; under a new sender. Null: there is nowhere to send. */
  setTransport(transport: Transport | null): void;
  /** Hands all that waits to the transport before it returns. With `exiting` every later line goes at once too. */
  shipAll(exiting?: boolean): void;
  /** Ships all and waits until it has settled, at most `timeoutMs`; false if something is still on its way. */
  flush(timeoutMs: number): Promise<boolean>;
  close(): Promise<void>;
}

export function createShipper(options: ShipperOptions, platform: Platform, books: Books): Shipper {
  const queue = createQueue(options.maxQueueBytes);
  let transport: Transport | null = null;
  let sender: Sender = createSender(options.logger, platform);
  let inFlight = 0;
  let inFlightMessages = 0;
  let cancelTimer: Cancel | undefined;
  let exiting = false;
  let waiters: (() => void)[] = [];

  function shipOne(to: Transport): void {
    const datagram = sender.number(queue.take(fullBytes(to)));
    inFlight += 1;
    inFlightMessages += datagram.count;
    void to.send(datagram).then((result) => {
      inFlight -= 1;
      inFlightMessages -= datagram.count;
      settle(datagram, result);
      ship(waiters.length > 0 ? 1 : fullBytes(to));
      if (inFlight === 0) wake();
    });
  }

  function settle(datagram: Datagram, result: SendResult): void {
    if (result.status === 'sent') {
      const refusedCount = result.refusedCount ?? 0;
      books.sent += datagram.count - refusedCount;
      if (refusedCount > 0) books.drop('refused', refusedCount, 'the other side refused messages as invalid');
    } else {
      books.drop(result.reason, datagram.count, result.cause);
    }
  }

  /** Bytes of lines that fill a datagram. */
  function fullBytes(to: Transport): number {
    return to.datagramBytes - sender.headerBytes;
  }

  /** Ships datagrams while at least `leastBytes` wait: 1 ships the last one too, however little is in it. */
  function ship(leastBytes: number, maxInFlight = MAX_IN_FLIGHT): void {
    while (transport && queue.count > 0 && queue.bytes >= leastBytes && inFlight < maxInFlight) shipOne(transport);
    if (queue.count > 0) schedule();
  }

  function schedule(): void {
    cancelTimer ??= platform.after(options.flushMs, () => {
      cancelTimer = undefined;
      ship(1);
    });
  }

  function wake(): void {
    const waiting = waiters;
    waiters = [];
    for (const resume of waiting) resume();
  }

  function isIdle(): boolean {
    return inFlight === 0 && queue.count === 0;
  }

  return {
    get queued() {
      return queue.count + inFlightMessages;
    },
    get maxLineBytes() {
      return (transport?.maxBytes ?? Infinity) - sender.headerBytes - 1;
    },
    pushLine(line, bytes, severity) {
      if (!transport) {
        books.drop('no-dest', 1, 'there is no destination that this runtime can send to');
        return;
      }
      const dropped = queue.push(line, bytes, severity);
      if (dropped > 0)
        books.drop(
          'queue-full',
          dropped,
          `the queue reached maxQueueBytes (${options.maxQueueBytes}); the least valuable messages were dropped`,
        );
      if (exiting) ship(1, Infinity);
      else if (queue.bytes >= fullBytes(transport)) ship(fullBytes(transport));
      else schedule();
    },
    setTransport(next) {
      const previous = transport;
      transport = next;
      sender = createSender(options.logger, platform);
      void previous?.close();
      if (!next && queue.count > 0)
        books.drop('no-dest', queue.take(Infinity).length, 'there is no destination that this runtime can send to');
    },
    shipAll(isExiting = false) {
      exiting ||= isExiting;
      ship(1, Infinity);
    },
    async flush(timeoutMs) {
      const release = platform.hold();
      const deadline = { passed: false };
      const cancel = platform.after(timeoutMs, () => {
        deadline.passed = true;
        wake();
      });
      ship(1);
      while (!isIdle() && !deadline.passed) {
        await new Promise<void>((resolve) => {
          waiters.push(resolve);
        });
      }
      cancel();
      release();
      return isIdle();
    },
    async close() {
      cancelTimer?.();
      await transport?.close();
      const left = queue.take(Infinity).length;
      if (left > 0) books.drop('closed', left, 'the client was closed before its queue was empty');
    },
  };
}
