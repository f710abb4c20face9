import { useEffect, useState } from 'preact/hooks';
import { ask, type Parameters } from './ask.ts';
import { place } from './place.ts';
import { boundsOf, range } from './time-range.ts';

/** What is known of something that was asked for. The answer before stays until the next one is there, or could not be had. */
export interface Asked<Answer> {
  readonly answer: Answer | undefined;
  /** What `answer` was asked with: other parameters than were given, if it is the one before. */
  readonly parameters: Parameters;
  /** Whether `answer` is the one before, to another range, logger or parameters. */
  readonly isBefore: boolean;
  /** In words; undefined if the latest was answered. */
  readonly error: string | undefined;
  readonly isLoading: boolean;
}

interface Options {
  /** Asked again after this, in milliseconds, while the page is seen and the range ends now; sooner after a failure. @default 10000 */
  readonly everyMs?: number;
  /** False: nothing is asked. @default true */
  readonly isWanted?: boolean;
}

const EVERY_MS = 10_000;
/** What could not be had is asked for again after this, in milliseconds, where it would be later else: the server may have been busy for a moment. */
const RETRY_MS = 10_000;

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
  const question = { key, path, parameters, ask: (signal: AbortSignal) => ask<Answer>(path, makeParameters(), signal) };
  return useAsked(question, ends ? everyMs : null, isWanted);
}

/** Asks for `path`, and again when the parameters change; with `everyMs`, each so many milliseconds while the page is seen. */
export function useAnswer<Answer>(path: string, parameters: Parameters = {}, options: Options = {}): Asked<Answer> {
  const key = JSON.stringify([path, parameters]);
  const question = { key, path, parameters, ask: (signal: AbortSignal) => ask<Answer>(path, parameters, signal) };
  return useAsked(question, options.everyMs ?? null, options.isWanted ?? true);
}

interface Question<Answer> {
  /** All that the answer depends on. */
  readonly key: string;
  readonly path: string;
  readonly parameters: Parameters;
  readonly ask: (signal: AbortSignal) => Promise<Answer>;
}

/** What came of the last question that was answered or failed. */
interface Known<Answer> {
  readonly question: Question<Answer>;
  readonly answer: Answer | undefined;
  readonly error: string | undefined;
}

function useAsked<Answer>(question: Question<Answer>, everyMs: number | null, isWanted: boolean): Asked<Answer> {
  const [known, setKnown] = useState<Known<Answer>>({ question, answer: undefined, error: undefined });
  const [isLoading, setLoading] = useState(isWanted);
  const { key } = question;

  useEffect(() => {
    if (!isWanted) return;
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = async (): Promise<void> => {
      let isFailed = false;
      try {
        await untilSeen(gone.signal);
        const answer = await question.ask(gone.signal);
        if (!gone.signal.aborted) setKnown({ question, answer, error: undefined });
      } catch (thrown) {
        if (gone.signal.aborted) return;
        isFailed = true;
        const error = thrown instanceof Error ? thrown.message : String(thrown);
        setKnown((before) => ({ question, answer: before.question.key === key ? before.answer : undefined, error }));
      }
      if (!gone.signal.aborted) setLoading(false);
      if (everyMs === null || gone.signal.aborted) return;
      timer = setTimeout(() => void next(), isFailed ? Math.min(everyMs, RETRY_MS) : everyMs);
    };
    setLoading(true);
    void next();
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
    // The key says all that the asking depends on.
  }, [key, everyMs, isWanted]);

  const isBefore = known.question.key !== key;
  return {
    // Of another thing, it is not even like what is asked for.
    answer: known.question.path === question.path ? known.answer : undefined,
    parameters: known.question.parameters,
    error: isBefore ? undefined : known.error,
    isLoading,
    isBefore,
  };
}

/** Settles once the page is seen; then rejects if it was no more wanted. Nothing is asked for a page that nobody looks at. */
async function untilSeen(signal: AbortSignal): Promise<void> {
  while (document.hidden) {
    await new Promise((changed) => document.addEventListener('visibilitychange', changed, { once: true }));
    signal.throwIfAborted();
  }
}
