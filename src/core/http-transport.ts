import { isCount } from './header.ts';
import { isRecord } from './json.ts';
import type { Clock } from './platform.ts';
import type { SendResult, Transport } from './transport.ts';

/** What an HTTP exchange came to: an answer, or a sentence on why there was none. */
export type HttpOutcome =
  { readonly status: number; readonly body: string; readonly retryAfter: string | null } | { readonly failure: string };

export interface HttpTransportOptions {
  readonly url: string;
  /** Fill a request up to this many bytes. */
  readonly datagramBytes: number;
  /** Sends `text` as `text/plain`. Never rejects. */
  post(url: string, text: string): Promise<HttpOutcome>;
  /** Ends what is under way. */
  close(): void;
}

/** What the relay takes of one message. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** Answers that a later attempt may change: time-outs, too early, too many, and the server's own faults. */
const RETRIED = (status: number): boolean => status === 408 || status === 425 || status === 429 || status >= 500;

/** Ships datagrams as HTTP bodies. The answer decides: taken, to be tried again, or refused for good. */
export function createHttpTransport(options: HttpTransportOptions, clock: Pick<Clock, 'now'>): Transport {
  const { url, datagramBytes } = options;
  return {
    datagramBytes,
    maxBytes: MAX_BODY_BYTES,
    send: async (datagram) =>
      readOutcome(url, await options.post(url, datagram.encode(clock.now())), datagram.count, clock.now()),
    close() {
      options.close();
      return Promise.resolve();
    },
  };
}

/** What the exchange means for the `count` messages that were sent. */
export function readOutcome(url: string, outcome: HttpOutcome, count: number, nowMs: number): SendResult {
  if ('failure' in outcome) {
    return { status: 'retry', reason: 'unreachable', cause: `${url} cannot be reached: ${outcome.failure}` };
  }
  const { status } = outcome;
  if (status >= 200 && status < 300) return { status: 'sent', refusedCount: countRefused(outcome.body, count) };
  const cause = `${url} answered ${status}`;
  if (!RETRIED(status)) return { status: 'refused', reason: 'refused', cause };
  const afterMs = retryAfterMs(outcome.retryAfter, nowMs);
  return { status: 'retry', reason: 'send-failed', cause, ...(afterMs !== null && { afterMs }) };
}

/** An answer lists no more than the first that were refused, and then says how many there are. */
function countRefused(body: string, most: number): number {
  try {
    const answer: unknown = JSON.parse(body);
    if (!isRecord(answer) || !Array.isArray(answer['refused'])) return 0;
    const { refused, refusedCount } = answer;
    return Math.min(isCount(refusedCount) ? Math.max(refusedCount, refused.length) : refused.length, most);
  } catch {
    return 0; // some other server, which says no more than that it took them
  }
}

/** `Retry-After` as milliseconds from now: seconds or an HTTP date. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfterMs(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  const delayMs = /^\d+$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  return Number.isFinite(delayMs) ? Math.min(Math.max(delayMs, 0), MAX_RETRY_AFTER_MS) : null;
}

/** A server that asks for more than this gets the messages counted instead: they would be too old to matter. */
const MAX_RETRY_AFTER_MS = 300_000;
