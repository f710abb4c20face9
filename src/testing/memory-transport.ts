import { decode, readLine } from '../core/decode.ts';
import type { Clock } from '../core/platform.ts';
import type { Message } from '../core/schema.ts';
import type { Datagram, SendResult, Transport } from '../core/transport.ts';

/** What a send comes to: a result, or none until `release`. */
export type MemoryOutcome = SendResult | 'hang';

export interface MemoryTransportOptions {
  /** @default 1432 */
  readonly datagramBytes?: number;
  /** @default 60000 */
  readonly maxBytes?: number;
}

/** A transport that keeps what it is given, and fails on demand. */
export interface MemoryTransport extends Transport {
  /** The texts of the datagrams that were sent, in order. */
  readonly datagrams: readonly string[];
  /** How often `send` was called, with whatever result. */
  readonly attemptCount: number;
  readonly isClosed: boolean;
  /** The messages in `datagrams`, decoded. */
  messages(): readonly Message[];
  /** Decides what the next sends come to, one each; those after them are sent. */
  next(...outcomes: readonly MemoryOutcome[]): void;
  /** Settles the sends that hang. @default as sent */
  release(result?: SendResult): void;
}

const SENT: SendResult = { status: 'sent' };
const CLOSED: SendResult = { status: 'refused', reason: 'closed', cause: 'the transport was closed' };

/** A transport into memory. Results for its sends can be laid out beforehand; once closed it refuses. */
export function createMemoryTransport(
  clock: Pick<Clock, 'now'>,
  { datagramBytes = 1_432, maxBytes = 60_000 }: MemoryTransportOptions = {},
): MemoryTransport {
  const datagrams: string[] = [];
  let outcomes: MemoryOutcome[] = [];
  let hanging: ((result: SendResult) => void)[] = [];
  let attemptCount = 0;
  let isClosed = false;

  function complete(text: string, result: SendResult): SendResult {
    if (result.status === 'sent') datagrams.push(text);
    return result;
  }

  function release(result: SendResult = SENT): void {
    const released = hanging;
    hanging = [];
    for (const settle of released) settle(result);
  }

  return {
    datagramBytes,
    maxBytes,
    datagrams,
    get attemptCount() {
      return attemptCount;
    },
    get isClosed() {
      return isClosed;
    },
    messages: () => datagrams.flatMap((text) => readMessages(text)),
    next(...added) {
      outcomes = [...outcomes, ...added];
    },
    release,
    send(datagram: Datagram) {
      attemptCount += 1;
      const text = datagram.encode(clock.now());
      if (isClosed) return Promise.resolve(CLOSED);
      const outcome = outcomes.shift() ?? SENT;
      if (outcome !== 'hang') return Promise.resolve(complete(text, outcome));
      return new Promise((resolve) => {
        hanging.push((result) => {
          resolve(complete(text, result));
        });
      });
    },
    close() {
      isClosed = true;
      release(CLOSED);
      return Promise.resolve();
    },
  };
}

const SIGNATURE = /#[\w-]{43}\n$/;

/** The messages in a datagram's text, signed or not, times as sent. Throws where a router would refuse it: what the SDK sends must be taken. */
export function readMessages(text: string): readonly Message[] {
  const sent = /^[^\n]*"sent":"([^"]+)"/.exec(text)?.[1];
  const decoded = decode(text.replace(SIGNATURE, ''), sent === undefined ? 0 : Date.parse(sent));
  if (!decoded.ok) throw new Error(`a datagram that a router would refuse: ${decoded.reason}`);
  return decoded.batches.flatMap(({ header, lines }) =>
    lines.map((line) => {
      if (typeof line !== 'string') throw new Error(`a message that a router would refuse: ${line.refused}`);
      return readLine(line, header);
    }),
  );
}
