import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { go, hrefWith } from '../place.ts';
import { boundsOf, LAST, range, rangeParameters, type LastName } from '../time-range.ts';

const NAMES = Object.keys(LAST) as readonly LastName[];
const BETWEEN = 'between';

/** Chooses the time range: one that ends now, or one between two times of the reader's clock. */
export function RangePicker(): JSX.Element {
  const chosen = range.value;
  const [isEditing, setEditing] = useState(false);
  const isBetween = isEditing || chosen.kind === BETWEEN;
  const choose = (name: string): void => {
    const last = NAMES.find((one) => one === name);
    setEditing(last === undefined);
    if (last !== undefined) go(hrefWith(rangeParameters({ kind: 'last', name: last })));
  };
  return (
    <div class="range">
      <select
        aria-label="Time range"
        value={isEditing || chosen.kind === BETWEEN ? BETWEEN : chosen.name}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {NAMES.map((name) => (
          <option key={name} value={name}>
            last {name.replace('m', ' min').replace('h', ' h').replace('d', ' days')}
          </option>
        ))}
        <option value={BETWEEN}>between …</option>
      </select>
      {isBetween && <Between onChosen={() => setEditing(false)} />}
    </div>
  );
}

function Between({ onChosen }: { readonly onChosen: () => void }): JSX.Element {
  const { fromMs, toMs } = boundsOf(range.value, Date.now());
  const submit = (event: Event): void => {
    event.preventDefault();
    const form = event.currentTarget;
    if (!(form instanceof HTMLFormElement)) return;
    const data = new FormData(form);
    const from = timeIn(data, 'from');
    const to = timeIn(data, 'to');
    if (!(from < to)) return;
    go(hrefWith(rangeParameters({ kind: 'between', fromMs: from, toMs: to })));
    onChosen();
  };
  return (
    <form class="between" onSubmit={submit}>
      <input type="datetime-local" name="from" aria-label="From" required step={1} defaultValue={localText(fromMs)} />
      <input type="datetime-local" name="to" aria-label="To" required step={1} defaultValue={localText(toMs)} />
      <button type="submit">Show</button>
    </form>
  );
}

/** As a field for local time takes it. */
function localText(ms: number): string {
  const offsetMs = new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - offsetMs).toISOString().slice(0, 19);
}

function timeIn(data: FormData, name: string): number {
  const value = data.get(name);
  return typeof value === 'string' ? Date.parse(value) : Number.NaN;
}
