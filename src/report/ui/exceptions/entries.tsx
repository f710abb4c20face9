import type { JSX } from 'preact';
import type { ShownEntry } from '../../api/exception.ts';
import { count } from '../format.ts';

/** A longer value is folded to one line until it is asked for, in UTF-16 units or lines. */
const LONG_LENGTH = 240;
const LONG_LINES = 4;
/** UTF-16 units of that line; what does not fit is cut by the page. */
const START_LENGTH = 200;

interface Props {
  readonly entries: readonly ShownEntry[];
  /** Entries that are there beside these. */
  readonly more: number;
}

/** Names and values, as a message has them. */
export function Entries({ entries, more }: Props): JSX.Element {
  if (entries.length === 0) return <p class="quiet">none</p>;
  return (
    <>
      <table class="entries">
        <tbody>
          {entries.map(({ name, text, isRedacted }, index) => (
            <tr key={index}>
              <th scope="row">
                <span class="said">{name}</span>
              </th>
              <td>
                {isRedacted ? (
                  <span class="badge" title="It looked like a secret and was taken out before it left its process.">
                    redacted
                  </span>
                ) : (
                  <Value text={text} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p class="quiet">and {count(more)} more</p>}
    </>
  );
}

function Value({ text }: { readonly text: string }): JSX.Element {
  const isLong = text.length > LONG_LENGTH || text.split('\n').length > LONG_LINES;
  if (!isLong) return <code class="entry-value said">{text}</code>;
  return (
    <details>
      <summary class="entry-start">
        <code class="said">{text.slice(0, START_LENGTH).replace(/\s+/g, ' ')}</code>
      </summary>
      <code class="entry-value entry-long said" tabIndex={0} role="group" aria-label="The whole value">
        {text}
      </code>
    </details>
  );
}
