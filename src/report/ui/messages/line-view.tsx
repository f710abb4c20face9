import type { JSX } from 'preact';
import { count } from '../format.ts';
import { Time } from '../parts/time.tsx';
import { hrefTo, hrefWith } from '../place.ts';
import { filterParameters, severityName, type Filter } from './filter.ts';
import type { Line } from './line.ts';
import type { Row } from './rows.ts';
import { visibleText } from './visible-text.ts';

interface Props {
  readonly rows: readonly Row[];
  readonly filter: Filter;
  readonly label: string;
}

/** Messages, the newest first. Not read out as they come: there may be twenty a second. */
export function LineList({ rows, filter, label }: Props): JSX.Element {
  return (
    <div class="lines" role="log" aria-live="off" aria-label={label}>
      <ol>
        {rows.map((row) =>
          row.kind === 'gap' ? (
            <li key={row.key} class="gap">
              {count(row.skipped)} left out, too many to read
            </li>
          ) : (
            <LineView key={row.line.key} line={row.line} filter={filter} />
          ),
        )}
      </ol>
    </div>
  );
}

function LineView({ line, filter }: { readonly line: Line; readonly filter: Filter }): JSX.Element {
  const { path, received, severity, logger, type, said, details } = line;
  const word = severityName(severity);
  const words = (
    <>
      {said !== '' && <span class="said">{visibleText(said)}</span>}
      {details !== '' && <span class="details">{visibleText(details)}</span>}
      {said === '' && details === '' && <span class="quiet">(empty)</span>}
    </>
  );
  return (
    <li class={`line severity-${word}`}>
      <Time at={received} />
      <span class="severity">{word}</span>
      <a class="who" href={hrefWith({ logger })} title="only this logger">
        {visibleText(logger)}
      </a>
      <a class="type" href={hrefWith({ type })} title="only this type">
        {visibleText(type)}
      </a>
      {path === null ? (
        <span class="open">{words}</span>
      ) : (
        <a class="open" href={hrefTo(['messages', ...path], { ...filterParameters(filter), at: received })}>
          {words}
        </a>
      )}
    </li>
  );
}
