import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { MessagesAnswer } from '../../api/messages.ts';
import { ask } from '../ask.ts';
import { count } from '../format.ts';
import { Time } from '../parts/time.tsx';
import { boundsOf, range } from '../time-range.ts';
import { filterParameters, type Filter } from './filter.ts';
import { createKept } from './kept.ts';
import { LineList } from './line-view.tsx';
import { listedLine, type Line } from './line.ts';

interface Props {
  readonly filter: Filter;
  readonly logger: string | null;
}

interface Found {
  /** Stays the same for all pages of one search. */
  readonly bounds: { readonly fromMs: number; readonly toMs: number };
  readonly lines: readonly Line[];
  /** Undefined until the first page is there; null if there are no older ones. */
  readonly next: string | null | undefined;
}

const PAGE_COUNT = 100;

const kept = createKept<Found>();

/** Messages of the range, the newest first, as far back as the reader goes. */
export function BackInTime({ filter, logger }: Props): JSX.Element {
  const chosen = range.value;
  const key = JSON.stringify([filter, logger, chosen]);
  const fresh = (): Found => ({ bounds: boundsOf(chosen, Date.now()), lines: [], next: undefined });
  const [found, setFound] = useState<Found>(() => kept.get(key) ?? fresh());
  const [error, setError] = useState<string>();
  const [isLoading, setLoading] = useState(false);
  const asking = useRef(new AbortController());

  const load = async (from: Found): Promise<void> => {
    asking.current.abort();
    const mine = (asking.current = new AbortController());
    setLoading(true);
    setError(undefined);
    const { bounds, lines, next } = from;
    try {
      const answer = await ask<MessagesAnswer>(
        '/api/messages',
        {
          ...filterParameters(filter),
          logger,
          from: new Date(bounds.fromMs).toISOString(),
          to: new Date(bounds.toMs).toISOString(),
          limit: PAGE_COUNT,
          before: next,
        },
        mine.signal,
      );
      const more = { bounds, lines: [...lines, ...answer.messages.map(listedLine)], next: answer.next };
      kept.put(key, more);
      setFound(more);
      setLoading(false);
    } catch (failure) {
      if (mine.signal.aborted) return;
      setError(failure instanceof Error ? failure.message : String(failure));
      setLoading(false);
    }
  };
  const again = (): void => {
    const first = fresh();
    setFound(first);
    void load(first);
  };
  useEffect(() => {
    if (found.next === undefined) void load(found);
    return () => asking.current.abort();
  }, []);

  const { lines, next } = found;
  const oldest = lines.at(-1);
  return (
    <section class="card">
      <div class="list-head">
        <button type="button" onClick={again}>
          Search again
        </button>
        <p class="quiet">
          <span role="status">
            {isLoading
              ? 'searching …'
              : `${count(lines.length)} messages${next === null ? '' : ', and there are older ones'}`}
          </span>
          {oldest !== undefined && (
            <>
              {' '}
              back to <Time at={oldest.received} />
            </>
          )}
        </p>
      </div>
      {error !== undefined && (
        <p class="failure" role="alert">
          {error}
        </p>
      )}
      {lines.length > 0 && (
        <LineList
          rows={lines.map((line, index) => ({ kind: 'line', line: { ...line, key: `${index}` } }))}
          filter={filter}
          label="Messages"
        />
      )}
      {next === null && (
        <p class="quiet end">
          {lines.length === 0 ? 'No messages in this range fit.' : 'No older ones in this range.'}
        </p>
      )}
      {typeof next === 'string' && (
        <button type="button" class="older" disabled={isLoading} onClick={() => void load(found)}>
          {isLoading ? 'searching …' : 'Load older'}
        </button>
      )}
    </section>
  );
}
