import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { MetricsAnswer } from '../../api/metrics.ts';
import { kindNameOf } from '../../../store/metrics/metric-kind.ts';
import { amount, count } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { go, hrefWith, place } from '../place.ts';
import { useWindowAnswer } from '../use-answer.ts';

interface Props {
  /** `kind:name` of those on the graph. */
  readonly chosen: readonly string[];
  readonly maxCount: number;
  readonly onToggle: (kindName: string) => void;
}

/** Between the last key of a search and asking. */
const TYPING_MS = 150;
const EVERY_MS = 30_000;

/** Finds metrics by name. A click, or Enter, puts one onto the graph or takes it off; the arrow keys go along the list. */
export function MetricList({ chosen, maxCount, onToggle }: Props): JSX.Element {
  const search = place.value.parameters.get('search') ?? '';
  const asked = useWindowAnswer<MetricsAnswer>('/api/metrics', { search }, { everyMs: EVERY_MS });
  const list = useRef<HTMLUListElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const buttons = [...(list.current?.querySelectorAll('button') ?? [])];
    const at = buttons.findIndex((button) => button === document.activeElement);
    buttons[Math.max(0, at + step)]?.focus();
  };
  return (
    <section class="card metric-list" aria-label="Names" onKeyDown={onKeyDown}>
      <SearchField value={search} />
      <Answered asked={asked}>
        {({ metrics, totalCount }) => (
          <>
            {metrics.length === 0 && (
              <p class="quiet">{search === '' ? 'no metrics in this range' : 'no such name in this range'}</p>
            )}
            <ul ref={list}>
              {metrics.map((metric) => {
                const key = kindNameOf(metric);
                const isChosen = chosen.includes(key);
                const isFull = !isChosen && chosen.length >= maxCount;
                return (
                  <li key={key}>
                    <button
                      type="button"
                      aria-pressed={isChosen}
                      aria-disabled={isFull} // and not `disabled`: by its names the list is scrolled
                      title={`${metric.name}: ${metric.kind} of ${count(metric.loggerCount)} ${metric.loggerCount === 1 ? 'logger' : 'loggers'}`}
                      onClick={() => !isFull && onToggle(key)}
                    >
                      <span class="name">{metric.name}</span>
                      <span class="who">{metric.kind}</span>
                      <span class="value">
                        {amount(metric.count)}
                        {metric.kind === 'gauge' && ' values'}
                      </span>
                      <Sparkline values={metric.spark} label="over time" />
                    </button>
                  </li>
                );
              })}
            </ul>
            {totalCount > metrics.length && (
              <p class="quiet">
                the first {count(metrics.length)} of {count(totalCount)} names; search to find others
              </p>
            )}
          </>
        )}
      </Answered>
    </section>
  );
}

function SearchField({ value }: { readonly value: string }): JSX.Element {
  const [text, setText] = useState(value);
  // Ends with the field, and not once the next page has been painted: it would be that one's search.
  useLayoutEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => go(hrefWith({ search: text || null }), { replace: true }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, value]);
  return (
    <input
      type="search"
      placeholder="Find a name"
      aria-label="Find a name"
      maxLength={1_000}
      value={text}
      onInput={(event) => setText(event.currentTarget.value)}
    />
  );
}
