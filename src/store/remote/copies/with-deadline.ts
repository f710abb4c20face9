import type { Clock } from '../../../core/platform.ts';
import { RemoteError } from '../remote.ts';

export interface Deadline {
  readonly clock: Clock;
  /** Ends it before. */
  readonly signal: AbortSignal;
  /** For the error: what takes too long. */
  readonly what: string;
  readonly limitMs: number;
}

/** Does something with a store for so long; then it is aborted, and rejects with RemoteError of kind `away`. */
export async function withDeadline<T>(
  { clock, signal, what, limitMs }: Deadline,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const cancel = clock.after(limitMs, () => late.abort());
  try {
    return await run(AbortSignal.any([signal, late.signal]));
  } catch (error) {
    if (!late.signal.aborted || signal.aborted) throw error;
    throw new RemoteError('away', `${what} took longer than ${Math.round(limitMs / 1000)} s`, { cause: error });
  } finally {
    cancel();
  }
}
