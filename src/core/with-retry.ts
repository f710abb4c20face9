import type { Cancel, Clock } from './platform.ts';
import type { Datagram, SendResult, Transport } from './transport.ts';

export interface RetryOptions {
  /** How often one datagram is tried in all. */
  readonly maxAttempts: number;
  /** The first pause is a random part of this, in milliseconds; each further one of twice as much. */
  readonly baseMs: number;
  /** Longest pause, in milliseconds. */
  readonly maxMs: number;
}

/**
 * A transport that tries again what `transport` asks to try again, after a pause with full jitter, or after what the other side asked for.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function withRetry(
  transport: Transport,
  options: RetryOptions,
  clock: Pick<Clock, 'after'> & { random(): number },
): Transport {
  const pauses = new Set<() => void>();
  let closed = false;

  function pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      let cancel: Cancel | undefined = undefined;
      const end = (): void => {
        cancel?.();
        pauses.delete(end);
        resolve();
      };
      pauses.add(end);
      cancel = clock.after(delayMs, end);
    });
  }

  async function send(datagram: Datagram): Promise<SendResult> {
    for (let attempt = 1; ; attempt += 1) {
      const result = await transport.send(datagram);
      if (result.status !== 'retry') return result;
      if (attempt >= options.maxAttempts || closed)
        return { status: 'refused', reason: result.reason, cause: result.cause };
      // What the other side asks for is the least: all who asked at once would come again at once.
      const pauseMs = clock.random() * Math.min(options.maxMs, options.baseMs * 2 ** (attempt - 1));
      await pause((result.afterMs ?? 0) + pauseMs);
    }
  }

  return {
    get datagramBytes() {
      return transport.datagramBytes;
    },
    get maxBytes() {
      return transport.maxBytes;
    },
    send,
    hurry: () => transport.hurry?.(),
    async close() {
      closed = true;
      for (const end of [...pauses]) end(); // one last attempt, now …
      await Promise.resolve(); // … which starts in the next microtask
      await transport.close();
    },
  };
}
