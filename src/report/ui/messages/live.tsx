import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { MessagesAnswer } from '../../api/messages.ts';
import { ask, type Parameters } from '../ask.ts';
import { count } from '../format.ts';
import { boundsOf, range } from '../time-range.ts';
import { filterParameters, type Filter } from './filter.ts';
import { createKept } from './kept.ts';
import { LineList } from './line-view.tsx';
import { listedLine, type Line } from './line.ts';
import { openTail, type TailState } from './open-tail.ts';
import { MAX_ROWS, withArchived, withNewer, type Row } from './rows.ts';

interface Props {
  readonly filter: Filter;
  readonly logger: string | null;
}

/** What was there before, so that the list is not empty until something happens. */
const BACKLOG_COUNT = 50;
/** By then the archive has what was received before the tail was open. */
const ARCHIVED_AFTER_MS = 3_000;

const WORDS: Readonly<Record<TailState, string>> = {
  connecting: 'connecting …',
  live: 'live',
  lost: 'no connection; trying again …',
  refused: 'not live; trying again …',
  hidden: 'stopped while the page is hidden',
};

const kept = createKept<readonly Row[]>();

/** The newest messages, and those that arrive. */
export function Live({ filter, logger }: Props): JSX.Element {
  const key = JSON.stringify([filter, logger]);
  const [rows, setRows] = useState<readonly Row[]>(() => kept.get(key) ?? []);
  const [state, setState] = useState<TailState>('connecting');
  const [error, setError] = useState<string>();
  const [isPaused, setPaused] = useState(false);
  const [heldCount, setHeldCount] = useState(0);
  const held = useRef<Row[]>([]);
  const heldArchived = useRef<Line[]>([]);
  const paused = useRef(false);

  useEffect(() => kept.put(key, rows), [rows]);

  useEffect(() => {
    const gone = new AbortController();
    const parameters: Parameters = filterParameters(filter);
    const catchUp = async (): Promise<void> => {
      try {
        const { fromMs, toMs } = boundsOf(range.peek(), Date.now());
        const { messages } = await ask<MessagesAnswer>(
          '/api/messages',
          {
            ...parameters,
            logger,
            from: new Date(fromMs).toISOString(),
            to: new Date(toMs).toISOString(),
            limit: BACKLOG_COUNT,
          },
          gone.signal,
        );
        setError(undefined);
        const lines = messages.map(listedLine);
        if (paused.current) heldArchived.current = [...heldArchived.current, ...lines].slice(-MAX_ROWS);
        else setRows((before) => withArchived(before, lines));
      } catch (failure) {
        if (!gone.signal.aborted) setError(failure instanceof Error ? failure.message : String(failure));
      }
    };
    let timer: ReturnType<typeof setTimeout> | undefined;
    // The page's logger is a name, also one with a comma or a star.
    const stop = openTail(
      { ...parameters, exactLogger: logger },
      {
        onState(next) {
          setState(next);
          // What the tail was refused for, only an ordinary answer says: that leads to the sign-in, or is shown.
          if (next === 'live' || next === 'refused') void catchUp();
          if (next !== 'live') return;
          clearTimeout(timer);
          timer = setTimeout(() => void catchUp(), ARCHIVED_AFTER_MS);
        },
        onRows(newer) {
          if (!paused.current) {
            setRows((before) => withNewer(before, newer));
            return;
          }
          held.current = [...held.current, ...newer].slice(-MAX_ROWS);
          setHeldCount((before) => before + newer.length);
        },
      },
    );
    return () => {
      gone.abort();
      clearTimeout(timer);
      stop();
    };
  }, [key]);

  const toggle = (): void => {
    paused.current = !isPaused;
    setPaused(!isPaused);
    if (!isPaused) return;
    const newer = held.current;
    const archived = heldArchived.current;
    held.current = [];
    heldArchived.current = [];
    setHeldCount(0);
    setRows((before) => withArchived(withNewer(before, newer), archived));
  };
  const skipped = rows.reduce((sum, row) => sum + (row.kind === 'gap' ? row.skipped : 0), 0);
  return (
    <section class="card">
      <div class="list-head">
        <button type="button" aria-pressed={isPaused} onClick={toggle}>
          {isPaused ? 'Resume' : 'Pause'}
        </button>
        <p class="quiet">
          <span role="status">{isPaused ? 'paused' : WORDS[state]}</span>
          {isPaused && heldCount > 0 && <>; {count(heldCount)} more have come</>}
          {skipped > 0 && <>; {count(skipped)} left out as too many to read</>}
          {rows.length >= MAX_ROWS && <>; older ones are found back in time</>}
        </p>
      </div>
      {error !== undefined && (
        <p class="failure" role="alert">
          {error}
        </p>
      )}
      {rows.length === 0 ? (
        <p class="quiet">No messages yet that fit. They appear here as they arrive.</p>
      ) : (
        <LineList rows={rows} filter={filter} label="Messages as they arrive" />
      )}
    </section>
  );
}
