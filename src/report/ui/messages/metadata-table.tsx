import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { count } from '../format.ts';
import { hrefTo } from '../place.ts';
import { conditionOf } from './filter.ts';
import { visibleText } from './visible-text.ts';

/** Rows at first; more than a reader takes in, few enough to be drawn at once. */
const FIRST_ROWS = 100;
/** Characters of a value at first. */
const FIRST_CHARACTERS = 600;

/** Keys and values; each value that can be looked for leads to what else has it. */
export function MetadataTable({ metadata }: { readonly metadata: unknown }): JSX.Element | null {
  const [isWhole, setWhole] = useState(false);
  const entries: (readonly [string, unknown])[] =
    typeof metadata === 'object' && metadata !== null ? Object.entries(metadata) : [];
  if (entries.length === 0) return null;
  const shown = isWhole ? entries : entries.slice(0, FIRST_ROWS);
  return (
    <section class="card">
      <h2>
        Metadata{' '}
        <span class="quiet">
          {count(entries.length)} {entries.length === 1 ? 'key' : 'keys'}
        </span>
      </h2>
      <table class="metadata">
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(([key, value]) => (
            <Entry key={key} name={key} value={value} />
          ))}
        </tbody>
      </table>
      {shown.length < entries.length && (
        <button type="button" onClick={() => setWhole(true)}>
          Show all {count(entries.length)} keys
        </button>
      )}
    </section>
  );
}

function Entry({ name, value }: { readonly name: string; readonly value: unknown }): JSX.Element {
  const [isWhole, setWhole] = useState(false);
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  const isCut = !isWhole && text.length > FIRST_CHARACTERS;
  const condition = conditionOf(name, value);
  return (
    <tr>
      <th scope="row">{visibleText(name)}</th>
      <td>
        <span class="text">{visibleText(isCut ? text.slice(0, FIRST_CHARACTERS) : text)}</span>
        {isCut && (
          <button type="button" onClick={() => setWhole(true)}>
            Show all {count(text.length)} characters
          </button>
        )}
        {condition !== null && (
          <a
            class="filter-by"
            href={hrefTo(['messages'], { metadata: [condition], mode: 'back' })}
            aria-label={`filter by this: ${condition.slice(0, 80)}`}
          >
            filter by this
          </a>
        )}
      </td>
    </tr>
  );
}
