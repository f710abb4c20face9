import type { JSX } from 'preact';
import { count, level } from '../format.ts';

interface Props {
  readonly entries: readonly {
    readonly name: string;
    readonly count: number;
    readonly href?: string;
    /** Of the same name in a graph beside it. */
    readonly colour?: string;
  }[];
  /** More are left out, and their number said. @default 12 */
  readonly maxRows?: number;
  /** How many there are, if not all are given. */
  readonly total?: number;
}

/** Names and counts, or other numbers, with bars, in the order given. */
export function BarList({ entries, maxRows = 12, total = entries.length }: Props): JSX.Element {
  if (entries.length === 0) return <p class="quiet">none in this range</p>;
  const shown = entries.slice(0, maxRows);
  // Nothing, or less, has no bar.
  const most = Math.max(...shown.map((entry) => entry.count), 0) || 1;
  const more = total - Math.min(maxRows, entries.length);
  return (
    <>
      <ul class="bars">
        {shown.map((entry, index) => (
          <li key={index}>
            <span class="fill" style={{ width: `${Math.max(0, entry.count / most) * 100}%` }} />
            {entry.colour !== undefined && <span class="bar-swatch" style={{ background: entry.colour }} />}
            {entry.href === undefined ? (
              <span class="name">{entry.name}</span>
            ) : (
              <a class="name" href={entry.href}>
                {entry.name}
              </a>
            )}
            <span class="value">{Number.isInteger(entry.count) ? count(entry.count) : level(entry.count)}</span>
          </li>
        ))}
      </ul>
      {more > 0 && <p class="quiet">and {count(more)} more</p>}
    </>
  );
}
