import { abortedError } from './guard.ts';
import { QueryError } from './query-error.ts';

/** Runs a task when its turn comes. Rejects with QueryError if it never does: `aborted` once `signal` aborts, `busy` if too many wait already. */
export type Limiter = <Result>(task: () => Promise<Result>, signal?: AbortSignal) => Promise<Result>;

/** Runs tasks, at most `maxRunning` at a time; at most `maxWaiting` others wait, in the order they came. */
export function createLimiter(maxRunning: number, maxWaiting: number): Limiter {
  let running = 0;
  const waiting = new Set<() => void>();

  const turn = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(abortedError());
      if (waiting.size >= maxWaiting) return reject(new QueryError('busy', 'too many queries are waiting; try later'));
      const begin = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        waiting.delete(begin);
        reject(abortedError());
      };
      waiting.add(begin);
      signal?.addEventListener('abort', leave, { once: true });
    });

  return async (task, signal) => {
    if (running >= maxRunning) await turn(signal);
    else running++;
    try {
      return await task();
    } finally {
      const [next] = waiting;
      if (next === undefined) running--;
      else {
        waiting.delete(next);
        next(); // the place is handed on
      }
    }
  };
}
