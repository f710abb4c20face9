import { computed, signal, type ReadonlySignal } from '@preact/signals';

/** Where the reader is: a page and what it shows, as the fragment of the address says, e.g. `#/metrics?last=1h&logger=shop`. */
export interface Place {
  /** Parts of the path, e.g. `['exceptions', '1f3a…']`; empty for the overview. */
  readonly path: readonly string[];
  readonly parameters: URLSearchParams;
}

/** Parameters that hold across pages. */
const KEPT = ['last', 'from', 'to', 'logger'] as const;

const hash = signal(location.hash);
addEventListener('hashchange', () => (hash.value = location.hash));

/** The place as it is now. Whatever the address says is read: a part of it that is wrong is left out. */
export const place: ReadonlySignal<Place> = computed(() => readPlace(hash.value));

export function readPlace(fragment: string): Place {
  const [path = '', query = ''] = fragment.replace(/^#/, '').split(/\?(.*)/s, 2);
  return { path: path.split('/').filter(Boolean).map(decode), parameters: new URLSearchParams(query) };
}

/** The address of a place. Time range and logger of the place at hand go along unless `parameters` say otherwise; null leaves one out. */
export function hrefTo(
  path: readonly string[],
  parameters: Readonly<Record<string, string | readonly string[] | null>> = {},
): string {
  const query = new URLSearchParams();
  for (const name of KEPT) {
    const value = place.value.parameters.get(name);
    if (value !== null) query.set(name, value);
  }
  return `#/${path.map(encodeURIComponent).join('/')}${withParameters(query, parameters)}`;
}

/** The address of the same page with some parameters changed; null leaves one out. */
export function hrefWith(parameters: Readonly<Record<string, string | readonly string[] | null>>): string {
  const { path, parameters: known } = place.value;
  return `#/${path.map(encodeURIComponent).join('/')}${withParameters(new URLSearchParams(known), parameters)}`;
}

/** Goes there. `replace` keeps the step out of the history: for what changes with every key. */
export function go(href: string, { replace = false } = {}): void {
  // He may have gone elsewhere, and the page be yet to hear of it: a step from where he was would take him back.
  if (replace && location.hash !== hash.peek()) return;
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  hash.value = location.hash;
}

function withParameters(
  query: URLSearchParams,
  parameters: Readonly<Record<string, string | readonly string[] | null>>,
): string {
  for (const [name, value] of Object.entries(parameters)) {
    query.delete(name);
    if (typeof value === 'string') query.set(name, value);
    else for (const one of value ?? []) query.append(name, one);
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a lone % is what it says
  }
}
