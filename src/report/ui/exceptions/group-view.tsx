import type { JSX } from 'preact';
import type { ExceptionAnswer, ShownException } from '../../api/exception.ts';
import { count } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { Time } from '../parts/time.tsx';
import { hrefTo, place } from '../place.ts';
import { useWindowAnswer } from '../use-answer.ts';
import { Breadcrumbs } from './breadcrumbs.tsx';
import { Entries } from './entries.tsx';
import { ErrorText } from './error-text.tsx';
import { Occurrences } from './occurrences.tsx';
import { RawTraceback } from './raw-traceback.tsx';
import { Related } from './related.tsx';
import { Traceback } from './traceback.tsx';
import { titleOf } from './words.ts';

interface Props {
  readonly fingerprint: string;
  /** With `seq`, which exception; undefined for the newest. */
  readonly sender: string | undefined;
  readonly seq: string | undefined;
}

/** One group, and one of its exceptions whole. */
export function GroupView({ fingerprint, sender, seq }: Props): JSX.Element {
  const at = sender === undefined ? null : place.value.parameters.get('at');
  const which = sender === undefined || seq === undefined ? {} : { sender, seq, at };
  const asked = useWindowAnswer<ExceptionAnswer>(`/api/exceptions/${encodeURIComponent(fingerprint)}`, which);
  return (
    <>
      <p class="back">
        <a href={hrefTo(['exceptions'])}>← All exceptions</a>
      </p>
      <Answered asked={asked}>
        {(answer) => (
          <>
            <Head answer={answer} />
            <Steps fingerprint={fingerprint} answer={answer} />
            <section class="card wide" aria-label="Traceback">
              {answer.exception.errors.map((error, index) => (
                <Traceback key={index} error={error} />
              ))}
              <RawTraceback text={answer.exception.payload} isCut={answer.exception.isPayloadCut} />
            </section>
            <div class="around">
              <Related exception={answer.exception} />
              <Breadcrumbs crumbs={answer.exception.breadcrumbs} />
              <section class="card">
                <h2>Metadata</h2>
                <Entries entries={answer.exception.metadata} more={answer.exception.moreMetadata} />
              </section>
            </div>
            <Occurrences fingerprint={fingerprint} answer={answer} />
          </>
        )}
      </Answered>
    </>
  );
}

function Head({ answer: { group, exception } }: { readonly answer: ExceptionAnswer }): JSX.Element {
  const thrown = exception.errors[0];
  return (
    <section class="card wide">
      <h1 class="said">
        {titleOf(thrown?.type ?? null)}
        {group?.isNew === true && <span class="badge badge-new">new</span>}
        {exception.handled === false && <span class="badge badge-bad">unhandled</span>}
      </h1>
      <ErrorText text={thrown?.value ?? ''} />
      {group === null ? (
        <p class="quiet">
          None in this range. The latest was at <Time at={exception.received} />.
        </p>
      ) : (
        <>
          <Sparkline values={group.series} label={`${count(group.count)} in this range`} />
          <dl class="group-facts">
            <Fact name="in this range">{count(group.count)}</Fact>
            <Fact name="first seen">
              <Time at={group.firstSeen} />
            </Fact>
            <Fact name="last seen">
              <Time at={group.lastSeen} />
            </Fact>
            <Fact name="loggers">{group.loggers.join(', ')}</Fact>
            <Fact name="releases">{group.releases.join(', ') || 'none named'}</Fact>
          </dl>
        </>
      )}
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: JSX.Element | string }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="said">{children}</dd>
    </div>
  );
}

/** Which exception it is, and the ways to those beside it. */
function Steps({
  fingerprint,
  answer,
}: {
  readonly fingerprint: string;
  readonly answer: ExceptionAnswer;
}): JSX.Element {
  const { exception, newer, older } = answer;
  const step = (to: ExceptionAnswer['newer'], words: string): JSX.Element =>
    to === null ? (
      <span class="quiet">{words}</span>
    ) : (
      <a href={hrefTo(['exceptions', fingerprint, to.sender, String(to.seq)], { at: to.received })}>{words}</a>
    );
  return (
    <nav class="steps" aria-label="Exceptions of this group">
      {step(newer, '← newer')}
      {step(older, 'older →')}
      <span>
        <Time at={exception.timestamp} />
      </span>
      <Tags exception={exception} />
    </nav>
  );
}

function Tags({ exception }: { readonly exception: ShownException }): JSX.Element {
  const { logger, release, environment, hostname, pid, mechanism, handled } = exception;
  const tags: readonly (readonly [string, string | null])[] = [
    ['logger', logger],
    ['release', release],
    ['environment', environment],
    ['host', hostname],
    ['pid', pid === null ? null : String(pid)],
    ['caught by', mechanism],
    ['handled', handled === null ? null : handled ? 'yes' : 'no'],
  ];
  return (
    <ul class="tags">
      {tags.map(([name, value]) =>
        value === null ? null : (
          <li key={name}>
            <span class="who">{name}</span> <span class="said">{value}</span>
          </li>
        ),
      )}
    </ul>
  );
}
