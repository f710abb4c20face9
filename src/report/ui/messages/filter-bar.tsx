import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { go, hrefWith } from '../place.ts';
import { filterParameters, SEVERITIES, type Filter } from './filter.ts';
import { visibleText } from './visible-text.ts';

interface Props {
  readonly filter: Filter;
}

/** What is looked for, live and back in time. Each field holds when it is left or Enter is pressed. */
export function FilterBar({ filter }: Props): JSX.Element {
  const [problem, setProblem] = useState<string>();
  const change = (changed: Partial<Filter>): void => go(hrefWith(filterParameters({ ...filter, ...changed })));
  const addCondition = (field: HTMLInputElement): void => {
    const condition = field.value.trim();
    if (condition === '') return setProblem(undefined);
    if (condition.indexOf('=') < 1) return setProblem('Metadata is looked for as key=value.');
    setProblem(undefined);
    field.value = '';
    if (!filter.metadata.includes(condition)) change({ metadata: [...filter.metadata, condition] });
  };
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <label>
        <span>Text</span>
        <input
          type="search"
          key={filter.text}
          defaultValue={filter.text}
          maxLength={1_000}
          placeholder="in payload and metadata"
          onChange={(event) => change({ text: event.currentTarget.value })}
        />
      </label>
      <label>
        <span>Type</span>
        <input
          type="text"
          key={filter.type}
          defaultValue={filter.type}
          placeholder="order.*, log"
          autocapitalize="none"
          spellcheck={false}
          onChange={(event) => change({ type: event.currentTarget.value.replaceAll(/\s*,\s*/g, ',').trim() })}
        />
      </label>
      <label>
        <span>Severity</span>
        <select value={filter.severity} onChange={(event) => change({ severity: event.currentTarget.value })}>
          <option value="">any</option>
          {SEVERITIES.slice(0, -1).map((name, severity) => (
            <option key={name} value={String(severity)}>
              {severity === 0 ? name : `${name} or graver`}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Metadata</span>
        <input
          type="text"
          placeholder="userId=u1"
          autocapitalize="none"
          spellcheck={false}
          onChange={(event) => addCondition(event.currentTarget)}
        />
      </label>
      {filter.metadata.length > 0 && (
        <ul class="conditions" aria-label="Conditions on the metadata">
          {filter.metadata.map((condition) => (
            <li key={condition}>
              <span>{visibleText(condition)}</span>
              <button
                type="button"
                aria-label={`Remove ${condition}`}
                onClick={() => change({ metadata: filter.metadata.filter((one) => one !== condition) })}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
      {problem !== undefined && (
        <p class="trouble" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
