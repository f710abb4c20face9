import { FUNCTIONS, KEYWORDS, RESERVED } from './sql-words.ts';

/** Columns by view. */
export type Names = Readonly<Record<string, readonly string[]>>;

/** What may be completed. */
export interface Option {
  /** As the reader knows it. */
  readonly label: string;
  /** As SQL takes it. */
  readonly text: string;
  readonly kind: 'view' | 'column' | 'function' | 'keyword';
}

/** More do not help who is typing. */
const MAX_OPTIONS = 10;

/** What `word` may become, the likeliest first: views after FROM and JOIN, else columns of the views that the statement names, views, functions, keywords. */
export function optionsFor(word: string, before: string, statement: string, names: Names): readonly Option[] {
  const wanted = word.toLowerCase();
  const all = optionsAfter(before, statement, names);
  const begins = all.filter(({ label }) => label.toLowerCase().startsWith(wanted));
  const holds = wanted === '' ? [] : all.filter(({ label }) => label.toLowerCase().indexOf(wanted) > 0);
  const options = [...begins, ...holds].slice(0, MAX_OPTIONS);
  // Nothing is left to complete.
  return options.length === 1 && options[0]?.text === word ? [] : options;
}

function optionsAfter(before: string, statement: string, names: Names): readonly Option[] {
  const option =
    (kind: Option['kind']) =>
    (label: string): Option => ({ label, text: kind === 'column' || kind === 'view' ? quoted(label) : label, kind });
  const views = Object.keys(names);
  if (/\b(?:from|join)\s+$/i.test(before)) return views.map(option('view'));
  const words = new Set(statement.toLowerCase().match(/\w+/g));
  const named = views.filter((view) => words.has(view));
  const columns = new Set((named.length === 0 ? views : named).flatMap((view) => names[view] ?? []));
  return [
    ...[...columns].map(option('column')),
    ...views.map(option('view')),
    ...FUNCTIONS.map(option('function')),
    ...KEYWORDS.map(option('keyword')),
  ];
}

const NO_NAMES = new Set([...KEYWORDS, ...RESERVED]);

/** A name as SQL takes it. */
export const quoted = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) && !NO_NAMES.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
