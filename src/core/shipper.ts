import type { Books, Stats } from './books.ts';
import { startDeadline } from './deadline.ts';
import type { DropReason } from './drop-reason.ts';
import { textOf } from './text-of.ts';
import type { Cancel, Platform } from './platform.ts';
import { createQueue } from './queue.ts';
import { createReporter, NO_BOOKS, type Reporter } from './reporter.ts';
import { createSender, type Sender } from './sender.ts';
import { DEFAULT_SEVERITY, isSeverity, type Severity } from './severity.ts';
import type { Sign } from './sign.ts';
import type { Datagram, SendResult, Transport } from './transport.ts';

/** Datagrams under way at once. What comes faster than they leave waits in the queue, which is bounded in bytes. */
const MAX_IN_FLIGHT = 64;
/** A report fits into this with any numbers, in bytes; ordinary ones take half of it. */
const REPORT_ROOM_BYTES = 640;
/** What no destination would take: it is not offered to the next one. */
const FOR_GOOD: ReadonlySet<DropReason> = /* @__PURE__ */ new Set<DropReason>(['refused', 'too-large']);

export interface ShipperOptions {
  readonly logger: string;
  readonly maxQueueBytes: number;
  readonly flushMs: number;
  /** Signs each datagram. @default none is signed */
  readonly sign?: Sign | undefined;
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
  /** Hands all that waits to the transport before it returns. With `exiting` the sender closes with it, and again with every later line, which goes at once. */
  shipAll(exiting?: boolean): void;
  /** Undoes `exiting`: the page is looked at again. */
  stay(): void;
  /** Forgets what waits, and sends nothing more, not even a report, until there is another transport. */
  halt(): void;
  /** Ships all and waits until it has settled, at most `timeoutMs`; false if something of it is still on its way. */
  flush(timeoutMs: number): Promise<boolean>;
  /** Closes the sender, which may take `timeoutMs`, then the transport; all is settled once it resolves. */
  close(timeoutMs: number): Promise<void>;
}

/** `stats` is the client's whole book, which the sender reports. */
export function createShipper(options: ShipperOptions, platform: Platform, books: Books, stats: () => Stats): Shipper {
  const queue = createQueue(options.maxQueueBytes);
  let transport: Transport | null = null;
  let sender: Sender = createSender(options.logger, platform, options.sign);
  let reporter: Reporter = reporterAfter(NO_BOOKS);
  let reporting: Promise<unknown> | undefined;
  const underWay = new Set<Promise<void>>();
  let inFlightMessages = 0;
  let cancelTimer: Cancel | undefined;
  let exiting = false;
  let flushing = 0;
  /** Datagrams whose messages went back to the queue. */
  let returned = 0;
  let closed = false;

  function shipOne(to: Transport): void {
    const waitingBytes = queue.bytes;
    const lines = queue.take(fullBytes(to) - (exiting ? REPORT_ROOM_BYTES : 0));
    const by = reporter;
    by.shipped();
    inFlightMessages += lines.length;
    const isLast = exiting && queue.count === 0;
    // A page has few datagrams left when it ends, so the last one takes the report along; but none that would have to travel in parts for it.
    const roomBytes = waitingBytes > fullBytes(to) ? to.maxBytes - sender.overheadBytes : fullBytes(to);
    const line = isLast && waitingBytes + REPORT_ROOM_BYTES <= roomBytes ? by.line(true) : undefined;
    const done = deliver(to, sender.number(line === undefined ? lines : [...lines, line])).then((result) => {
      underWay.delete(done);
      inFlightMessages -= lines.length;
      if (result.status !== 'sent') by.failed();
      settle(to, lines, result);
      ship(flushing > 0 ? 1 : fullBytes(to));
    });
    underWay.add(done);
    if (isLast && line === undefined) report(to, true);
  }

  /** Has the sender report, unless the other side cannot know it. What becomes of a report stands in no book of ours. */
  function report(to: Transport, isFinal: boolean): void {
    const line = reporter.line(isFinal);
    if (line !== undefined) reporting = deliver(to, sender.number([line])).finally(() => (reporting = undefined));
  }

  function reporterAfter(before: Stats): Reporter {
    return createReporter({
      platform,
      stats,
      before,
      onDue() {
        if (transport && !reporting) report(transport, false);
      },
    });
  }

  /** Sends, and takes even a transport that throws for one that answers: nothing of it may reach the application. */
  async function deliver(to: Transport, datagram: Datagram): Promise<SendResult> {
    try {
      return await to.send(datagram);
    } catch (error) {
      return { status: 'refused', reason: 'send-failed', cause: `the transport failed: ${textOf(error)}` };
    }
  }

  function settle(to: Transport, lines: readonly string[], result: SendResult): void {
    if (result.status === 'sent') {
      const refusedCount = Math.min(result.refusedCount ?? 0, lines.length); // a report may be among them
      books.sent += lines.length - refusedCount;
      if (refusedCount > 0) books.drop('refused', refusedCount, 'the other side refused messages as invalid');
    } else if (transport && transport !== to && !FOR_GOOD.has(result.reason)) {
      // The destination was changed meanwhile, and what the old one did not get goes to the new one.
      returned += 1;
      for (const line of lines) push(line, platform.byteLength(line), severityOf(line));
    } else {
      books.drop(result.reason, lines.length, result.reason === 'disabled' ? undefined : result.cause);
    }
  }

  function push(line: string, bytes: number, severity: Severity): void {
    const dropped = queue.push(line, bytes, severity);
    if (dropped > 0)
      books.drop(
        'queue-full',
        dropped,
        `the queue reached maxQueueBytes (${options.maxQueueBytes}); the least valuable messages were dropped`,
      );
  }

  /** Bytes of lines that fill a datagram. */
  function fullBytes(to: Transport): number {
    return to.datagramBytes - sender.overheadBytes;
  }

  /** Ships datagrams while at least `leastBytes` wait: 1 ships the last one too, however little is in it. */
  function ship(leastBytes: number, maxInFlight = transport?.maxInFlight ?? MAX_IN_FLIGHT): void {
    while (transport && queue.count > 0 && queue.bytes >= leastBytes && underWay.size < maxInFlight) shipOne(transport);
    if (queue.count > 0) schedule();
  }

  function shipLast(): void {
    if (queue.count > 0) ship(1, Infinity);
    else if (transport) report(transport, true);
  }

  function schedule(): void {
    cancelTimer ??= platform.after(options.flushMs, () => {
      cancelTimer = undefined;
      ship(1);
    });
  }

  function dropQueue(reason: DropReason, message?: string): void {
    const count = queue.take(Infinity).length;
    if (count > 0) books.drop(reason, count, message);
  }

  /** Waits for `task`, at most `timeoutMs`. */
  async function inTime(task: Promise<unknown> | undefined, timeoutMs: number): Promise<void> {
    const release = platform.hold();
    const deadline = startDeadline(platform, timeoutMs);
    await Promise.race([task, deadline.passing]);
    deadline.cancel();
    release();
  }

  return {
    get queued() {
      return queue.count + inFlightMessages;
    },
    get maxLineBytes() {
      return (transport?.maxBytes ?? Infinity) - sender.overheadBytes - 1;
    },
    pushLine(line, bytes, severity) {
      if (!transport) {
        books.drop('no-dest', 1, 'there is no destination that this runtime can send to');
        return;
      }
      push(line, bytes, severity);
      if (exiting) shipLast();
      else if (queue.bytes >= fullBytes(transport)) ship(fullBytes(transport));
      else schedule();
    },
    setTransport(next) {
      const previous = transport;
      if (previous) {
        previous.hurry?.(); // it would give back a report that it has not sent yet
        report(previous, true);
      }
      transport = closed ? null : next;
      sender = createSender(options.logger, platform, options.sign);
      reporter = reporterAfter(reporter.end());
      void previous?.close();
      if (closed) void next?.close();
      if (!transport) dropQueue('no-dest', 'there is no destination that this runtime can send to');
    },
    shipAll(isExiting = false) {
      exiting ||= isExiting;
      if (exiting) transport?.hurry?.();
      if (isExiting) shipLast();
      else ship(1, Infinity);
    },
    stay() {
      exiting = false;
    },
    halt() {
      const last = transport;
      transport = null; // before its messages settle: none of them is for the next one
      reporter.end();
      dropQueue('disabled');
      last?.discard?.();
      void last?.close();
    },
    async flush(timeoutMs) {
      const release = platform.hold();
      const deadline = startDeadline(platform, timeoutMs);
      flushing += 1;
      let isWhole: boolean;
      do {
        ship(1);
        const returnedBefore = returned;
        isWhole = queue.count === 0; // else more waits than may be under way at once
        await Promise.race([Promise.all(underWay), deadline.passing]);
        isWhole &&= returned === returnedBefore;
      } while (!isWhole && !deadline.hasPassed());
      flushing -= 1;
      deadline.cancel();
      release();
      return !deadline.hasPassed();
    },
    async close(timeoutMs) {
      closed = true;
      cancelTimer?.();
      const last = transport;
      transport = null; // what is still under way settles without sending more
      dropQueue('closed', 'the client was closed before its queue was empty');
      if (last) {
        report(last, true);
        reporter.end();
        if (timeoutMs > 0) await inTime(reporting, timeoutMs);
        await last.close();
      }
      await Promise.all(underWay);
    },
  };
}

/** The severity in an encoded line. Quotes inside its texts are escaped, so the first key of this name is the message's own. */
function severityOf(line: string): Severity {
  const severity = Number(/"severity":(\d)/.exec(line)?.[1]);
  return isSeverity(severity) ? severity : DEFAULT_SEVERITY;
}
