import { QueryError } from './query-error.ts';

/** Of the process's memory, so that a query that takes more than DuckDB counts is seen. Reading it takes microseconds. */
const LOOK_EVERY_MS = 100;
/** An interrupt between two steps of a query is forgotten by the next step. */
const INTERRUPT_EVERY_MS = 50;

export interface GuardLimits {
  readonly timeoutMs: number;
  /** How much larger the process may be than when the query began. */
  readonly maxGrowthBytes: number;
  /** Who asked gives up. */
  readonly signal?: AbortSignal | undefined;
}

/** Watches over one running query. */
export interface Guard {
  /** Why the query was interrupted; undefined if it was not. */
  readonly reason: () => QueryError | undefined;
  /** Ends the watch. To be called in any case. */
  readonly release: () => void;
}

/** Interrupts what `connection` runs, again and again until released, once it takes too long, the process has grown too much meanwhile, or nobody wants the answer any more. */
export function guard(
  connection: { interrupt(): void },
  { timeoutMs, maxGrowthBytes, signal }: GuardLimits,
  rssBytes: () => number = () => process.memoryUsage.rss(),
): Guard {
  const atStartBytes = rssBytes();
  let reason: QueryError | undefined;
  let repeated: NodeJS.Timeout | undefined;
  const stop = (why: QueryError): void => {
    if (reason !== undefined) return;
    reason = why;
    connection.interrupt();
    repeated = setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS);
  };
  const deadline = setTimeout(
    () => stop(new QueryError('timeout', `the query was stopped after ${timeoutMs} ms`)),
    timeoutMs,
  );
  const looking = setInterval(() => {
    if (rssBytes() - atStartBytes > maxGrowthBytes)
      stop(new QueryError('memory', 'the query was stopped, as the process had grown too large meanwhile'));
  }, LOOK_EVERY_MS);
  const abort = (): void => stop(abortedError());
  signal?.addEventListener('abort', abort);
  if (signal?.aborted === true) abort();
  return {
    reason: () => reason,
    release() {
      signal?.removeEventListener('abort', abort);
      clearTimeout(deadline);
      clearInterval(looking);
      clearInterval(repeated);
    },
  };
}

export const abortedError = (): QueryError => new QueryError('aborted', 'the query was interrupted');
