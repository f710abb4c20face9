import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { count } from '../format.ts';
import { saveFile } from '../save-file.ts';
import { cellText, isNumeric, toCsv, toJson, type QueryResult } from './query-result.ts';
import { ResultGraph, shapeOf } from './result-graph.tsx';

/** Rows on the page; the files have all. */
const FIRST_ROWS = 200;
/** A longer text scrolls in its cell, in UTF-16 units or lines. */
const LONG_LENGTH = 300;
const LONG_LINES = 5;

/** A result as a table, as a graph where its columns allow one, and as files. */
export function ResultView({ result }: { readonly result: QueryResult }): JSX.Element {
  const shape = shapeOf(result);
  const [isGraph, setGraph] = useState(false);
  const [rowCount, setRowCount] = useState(FIRST_ROWS);
  const { rows, truncated, elapsedMs } = result;
  const more = rows.length - rowCount;
  return (
    <>
      <div class="query-bar">
        <span role="status">
          {count(rows.length)} {rows.length === 1 ? 'row' : 'rows'} in {count(elapsedMs)} ms
          {truncated && '; there are more: LIMIT or GROUP BY ask for fewer'}
        </span>
        {shape !== undefined && (
          <button type="button" aria-pressed={isGraph} onClick={() => setGraph(!isGraph)}>
            Graph
          </button>
        )}
        <button type="button" onClick={() => saveFile('metlog.csv', 'text/csv', toCsv(result))}>
          CSV
        </button>
        <button type="button" onClick={() => saveFile('metlog.json', 'application/json', toJson(result))}>
          JSON
        </button>
      </div>
      {isGraph && shape !== undefined ? (
        <ResultGraph result={result} shape={shape} />
      ) : (
        <Rows {...{ result, rowCount }} />
      )}
      {!isGraph && more > 0 && (
        <button type="button" onClick={() => setRowCount(rowCount * 5)}>
          {count(more)} more
        </button>
      )}
    </>
  );
}

function Rows({ result, rowCount }: { readonly result: QueryResult; readonly rowCount: number }): JSX.Element {
  const { columns, rows } = result;
  return (
    // Reachable by key, as it may have to be scrolled.
    <div class="scroll" tabIndex={0} role="region" aria-label="Rows">
      <table class="result">
        <thead>
          <tr>
            {columns.map(({ name, type }) => (
              <th key={name} scope="col" class={isNumeric(type) ? 'number' : ''} title={type}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, rowCount).map((row, index) => (
            <tr key={index}>
              {columns.map(({ name, type }) => (
                <Cell key={name} column={name} value={row[name]} isNumber={isNumeric(type)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface CellProps {
  readonly column: string;
  readonly value: unknown;
  readonly isNumber: boolean;
}

function Cell({ column, value, isNumber }: CellProps): JSX.Element {
  const text = cellText(value);
  const isLong = text !== null && (text.length > LONG_LENGTH || text.split('\n').length > LONG_LINES);
  return (
    <td class={isNumber ? 'number' : ''}>
      {text === null ? (
        <span class="quiet">null</span>
      ) : isLong ? (
        <div class="cell cell-long" tabIndex={0} role="group" aria-label={column}>
          {text}
        </div>
      ) : (
        <div class="cell">{text}</div>
      )}
    </td>
  );
}
