import { useEffect, useRef, useState } from 'preact/hooks';
import { AskError, post } from '../ask.ts';
import type { QueryResult } from './query-result.ts';

/** How far a query is. */
export type QueryState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running' }
  | { readonly kind: 'done'; readonly result: QueryResult }
  | { readonly kind: 'failed'; readonly message: string };

export interface Query {
  readonly state: QueryState;
  /** Stops the one that runs, and runs this, if it says anything. */
  readonly run: (sql: string) => void;
  readonly stop: () => void;
}

/** One query at a time. It is stopped when the page is left. */
export function useQuery(): Query {
  const [state, setState] = useState<QueryState>({ kind: 'idle' });
  const running = useRef<AbortController | undefined>(undefined);

  const stop = (): void => {
    running.current?.abort();
    running.current = undefined;
    setState({ kind: 'idle' });
  };
  const run = (sql: string): void => {
    stop();
    if (sql.trim() === '') return;
    const mine = new AbortController();
    running.current = mine;
    // One that was stopped settles late, when another may be running.
    const settle = (settled: QueryState): void => {
      if (running.current === mine) setState(settled);
    };
    setState({ kind: 'running' });
    post<QueryResult>('/api/query', { sql }, mine.signal).then(
      (result) => settle({ kind: 'done', result }),
      (error: unknown) =>
        settle({ kind: 'failed', message: error instanceof AskError ? error.message : String(error) }),
    );
  };
  useEffect(() => stop, []);
  return { state, run, stop };
}
