import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { AttentionAnswer } from '../../api/attention.ts';
import type { LossAnswer } from '../../api/loss.ts';
import type { OverviewAnswer } from '../../api/overview.ts';
import type { Ledger } from '../../ledger.ts';
import { ago, bytes, count } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { AttentionList, ERROR_SEVERITY } from '../parts/attention-list.tsx';
import { BarList } from '../parts/bar-list.tsx';
import { Books } from '../parts/books.tsx';
import { FirstSteps } from '../parts/first-steps.tsx';
import { LossText } from '../parts/loss-note.tsx';
import { RateChart, type RateSeries } from '../parts/rate-chart.tsx';
import { go, hrefTo, hrefWith, place } from '../place.ts';
import { range } from '../time-range.ts';
import { useAnswer, useWindowAnswer } from '../use-answer.ts';

const ATTENTION_EVERY_MS = 30_000;
const EVERY_MS = 10_000;
/** While nothing has arrived: somebody waits for his first message. */
const FIRST_EVERY_MS = 2_000;

/** What needs attention, what arrives, and what was lost. */
export function OverviewPage(): JSX.Element {
  const logger = place.value.parameters.get('logger');
  const [everyMs, setEveryMs] = useState(FIRST_EVERY_MS);
  const overview = useWindowAnswer<OverviewAnswer>('/api/overview', {}, { everyMs });
  const attention = useAnswer<AttentionAnswer>('/api/attention', { logger }, { everyMs: ATTENTION_EVERY_MS });
  const ledger = useAnswer<Ledger>('/api/ledger', {}, { everyMs });
  const loss = useWindowAnswer<LossAnswer>('/api/loss');
  const isEmpty = overview.answer?.archive.fileCount === 0 && ledger.answer?.input.accepted === 0;
  const isThere = (overview.answer?.archive.fileCount ?? 0) > 0;
  useEffect(() => {
    if (isThere) setEveryMs(EVERY_MS);
  }, [isThere]);
  if (isEmpty) {
    return (
      <>
        <h1 class="visually-hidden">Overview</h1>
        <FirstSteps dest={overview.answer.dest} />
      </>
    );
  }
  return (
    <>
      <h1 class="visually-hidden">Overview</h1>
      <LossText answer={loss.answer} />
      {overview.answer !== undefined && <Freshness newestReceived={overview.answer.newestReceived} />}
      <section class="card wide" aria-label="Needs attention">
        <Answered asked={attention}>{(answer) => <AttentionList answer={answer} />}</Answered>
      </section>
      <Answered asked={overview}>{(answer) => <Rates answer={answer} />}</Answered>
      <section id="books" class="card wide" tabIndex={-1} aria-label="Books">
        <Answered asked={ledger}>{(answer) => <Books ledger={answer} loss={loss.answer} />}</Answered>
        {ledger.answer !== undefined && <ShowBooks />}
      </section>
      {overview.answer !== undefined && <Archive answer={overview.answer} />}
    </>
  );
}

/** Brings the books into view where the address asks for them, and takes that out of it, so that it can be asked again. */
function ShowBooks(): null {
  const isAsked = place.value.parameters.get('part') === 'books';
  useEffect(() => {
    if (!isAsked) return;
    document.getElementById('books')?.focus();
    go(hrefWith({ part: null }), { replace: true });
  }, [isAsked]);
  return null;
}

/** Messages over time, and by what they are. */
function Rates({ answer }: { readonly answer: OverviewAnswer }): JSX.Element {
  const errorCount = answer.errors.reduce((sum, value) => sum + value, 0);
  return (
    <>
      <section class="card wide">
        <div class="card-head">
          <h2>Errors</h2>
          <span class="who">
            {count(errorCount)} of {count(answer.messageCount)} messages
          </span>
          {errorCount > 0 && (
            <span class="card-links">
              <a href={hrefTo(['exceptions'])}>exceptions</a>
              <a href={hrefTo(['messages'], { severity: ERROR_SEVERITY })}>all errors</a>
            </span>
          )}
        </div>
        {errorCount > 0 ? (
          <RateChart
            label="Errors a second"
            buckets={answer}
            series={[{ name: 'errors', colour: '--bad', counts: answer.errors }]}
            height={90}
          />
        ) : (
          <p class="quiet">none in this range</p>
        )}
      </section>
      <div class="grid">
        <Grouped
          title="By type"
          answer={answer}
          grouped={answer.byType}
          hrefOf={(type) => hrefTo(['messages'], { type })}
        />
        <Grouped
          title="By logger"
          answer={answer}
          grouped={answer.byLogger}
          hrefOf={(logger) => hrefWith({ logger })}
        />
      </div>
    </>
  );
}

interface GroupedProps {
  readonly title: string;
  readonly answer: OverviewAnswer;
  readonly grouped: OverviewAnswer['byType'];
  readonly hrefOf: (name: string) => string;
}

/** As many as the server has series, but for the rest. */
const COLOURS = ['--area-1', '--area-2', '--area-3', '--area-4', '--area-5', '--area-6'];
const REST_COLOUR = '--area-rest';
/** Exceptions have the colour of errors, by which they are looked for. */
const colourOf = (name: string, index: number): string =>
  name === 'exception' ? '--bad' : (COLOURS[index] ?? REST_COLOUR);

function Grouped({ title, answer, grouped, hrefOf }: GroupedProps): JSX.Element {
  const series: readonly RateSeries[] = grouped.series.map(({ name, counts }, index) => ({
    name: name ?? 'others',
    colour: name === null ? REST_COLOUR : colourOf(name, index),
    counts,
  }));
  const entries = grouped.totals.map(({ name, count: times }, index) => ({
    name,
    count: times,
    href: hrefOf(name),
    colour: `var(${colourOf(name, index)})`,
  }));
  return (
    <section class="card">
      <h2>{title}</h2>
      {series.length > 0 && (
        <RateChart label={`Messages a second, ${title.toLowerCase()}`} buckets={answer} series={series} />
      )}
      <BarList entries={entries} total={grouped.groupCount} />
    </section>
  );
}

/** Whether the page follows what arrives, and how old the newest of it is. */
function Freshness({ newestReceived }: { readonly newestReceived: string | null }): JSX.Element {
  const [nowMs, setNowMs] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const isLive = range.value.kind === 'last';
  return (
    <p class="freshness">
      <span class={isLive ? 'good' : 'quiet'}>{isLive ? 'live' : 'fixed range'}</span> ·{' '}
      {newestReceived === null
        ? 'no message yet'
        : `newest message ${ago(Math.max(0, nowMs - Date.parse(newestReceived)))}`}
    </p>
  );
}

function Archive({ answer: { archive, dest } }: { readonly answer: OverviewAnswer }): JSX.Element {
  const files = archive.fileCount === 1 ? '1 file' : `${count(archive.fileCount)} files`;
  return (
    <p class="quiet">
      Messages are awaited at <code>{dest}</code>. The archive has {files} of {bytes(archive.bytes)}.
    </p>
  );
}
