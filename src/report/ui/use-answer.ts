import { useEffect, useState } from 'preact/hooks';
import { ask, type Parameters } from './ask.ts';
import { place } from './place.ts';
import { boundsOf, range } from './time-range.ts';

/** What is known of something that was asked for. The answer before stays until the next one is there. */
export interface Asked<Answer> {
  readonly answer: Answer | undefined;
  /** In words; undefined if the latest was answered. */
  readonly error: string | undefined;
  readonly isLoading: boolean;
}

interface Options {
  /** Asked again after this, in milliseconds, while the page is seen and the range ends now. @default 10000 */
  readonly everyMs?: number;
  /** False: nothing is asked. @default true */
  readonly isWanted?: boolean;
}

const EVERY_MS = 10_000;

/** Asks for `path` over the page's time range and logger, and again when these or the parameters change. */
export function useWindowAnswer<Answer>(
  path: string,
  parameters: Parameters = {},
  { everyMs = EVERY_MS, isWanted = true }: Options = {},
): Asked<Answer> {
  const chosen = range.value;
  const logger = place.value.parameters.get('logger');
  const ends = chosen.kind === 'last';
  const makeParameters = (): Parameters => {
    const { fromMs, toMs } = boundsOf(chosen, Date.now());
    return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), logger, ...parameters };
  };
  const key = JSON.stringify([path, chosen, logger, parameters]);
  return useAsked(key, (signal) => ask<Answer>(path, makeParameters(), signal), ends ? everyMs : null, isWanted);
}

/** Asks for `path`, and again when the parameters change; with `everyMs`, each so many milliseconds while the page is seen. */
export function useAnswer<Answer>(path: string, parameters: Parameters = {}, options: Options = {}): Asked<Answer> {
  const key = JSON.stringify([path, parameters]);
  const ask1 = (signal: AbortSignal): Promise<Answer> => ask<Answer>(path, parameters, signal);
  return useAsked(key, ask1, options.everyMs ?? null, options.isWanted ?? true);
}

function useAsked<Answer>(
  key: string,
  askNow: (signal: AbortSignal) => Promise<Answer>,
  everyMs: number | null,
  isWanted: boolean,
): Asked<Answer> {
  const [asked, setAsked] = useState<Asked<Answer>>({ answer: undefined, error: undefined, isLoading: isWanted });

  useEffect(() => {
    if (!isWanted) return;
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = async (): Promise<void> => {
      try {
        await untilSeen(gone.signal);
        const answer = await askNow(gone.signal);
        if (!gone.signal.aborted) setAsked({ answer, error: undefined, isLoading: false });
      } catch (error) {
        if (gone.signal.aborted) return;
        const words = error instanceof Error ? error.message : String(error);
        setAsked((before) => ({ ...before, error: words, isLoading: false }));
      }
      if (everyMs !== null && !gone.signal.aborted) timer = setTimeout(() => void next(), everyMs);
    };
    setAsked((before) => ({ ...before, isLoading: true }));
    void next();
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
    // The key says all that the asking depends on.
  }, [key, everyMs, isWanted]);

  return asked;
}

/** Settles once the page is seen; then rejects if it was no more wanted. Nothing is asked for a page that nobody looks at. */
async function untilSeen(signal: AbortSignal): Promise<void> {
  while (document.hidden) {
    await new Promise((changed) => document.addEventListener('visibilitychange', changed, { once: true }));
    signal.throwIfAborted();
  }
}
