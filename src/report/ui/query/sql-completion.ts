import type { Completion, CompletionSource } from '@codemirror/autocomplete';
import { FUNCTIONS, KEYWORDS } from './sql-words.ts';

/** Columns by view. */
export type Names = Readonly<Record<string, readonly string[]>>;

/** Completes views after FROM and JOIN, and elsewhere the columns of the views that the statement names, functions and keywords. */
export const completeSql =
  (names: () => Names): CompletionSource =>
  (context) => {
    const word = context.matchBefore(/\w*/);
    if (word === null || (word.from === word.to && !context.explicit)) return null;
    const before = context.state.sliceDoc(0, word.from);
    const options = optionsAfter(before, context.state.doc.toString(), names());
    return { from: word.from, options: [...options], validFor: /^\w*$/ };
  };

/** What may stand after `before` in `statement`. Exported for tests. */
export function optionsAfter(before: string, statement: string, names: Names): readonly Completion[] {
  const views = Object.keys(names).map((label) => ({ label, type: 'class', detail: 'view' }));
  if (/\b(?:from|join)\s+$/i.test(before)) return views;
  const named = Object.keys(names).filter((name) => new RegExp(`\\b${name}\\b`, 'i').test(statement));
  const columns = new Set((named.length === 0 ? Object.keys(names) : named).flatMap((name) => names[name] ?? []));
  return [
    ...[...columns].map((label) => ({ label, apply: quoted(label), type: 'property', detail: 'column', boost: 2 })),
    ...views.map((view) => ({ ...view, boost: 1 })),
    ...FUNCTIONS.map((label) => ({ label, type: 'function' })),
    ...KEYWORDS.map((label) => ({ label, type: 'keyword', boost: -1 })),
  ];
}

/** A name as SQL takes it. */
export const quoted = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
