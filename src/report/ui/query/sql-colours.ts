import {
  Decoration,
  MatchDecorator,
  ViewPlugin,
  type DecorationSet,
  type EditorView,
  type ViewUpdate,
} from '@codemirror/view';
import type { Extension } from '@codemirror/state';
import { KEYWORDS } from './sql-words.ts';

// A parser is exact, and weighs a fifth of all that the report may. Colours need no more than tokens, line by line.

const TOKEN = new RegExp(
  [
    String.raw`(?<comment>--.*|/\*.*?(?:\*/|$))`,
    String.raw`(?<string>'(?:[^']|'')*'?)`,
    String.raw`"(?:[^"]|"")*"?`,
    String.raw`(?<number>\b\d[\w.]*)`,
    String.raw`(?<keyword>\b(?:${KEYWORDS.join('|')})\b)`,
    String.raw`\w+`,
  ].join('|'),
  'gi',
);

const MARKS = Object.fromEntries(
  ['comment', 'string', 'number', 'keyword'].map((kind) => [kind, Decoration.mark({ class: `sql-${kind}` })]),
);

const decorator = new MatchDecorator({
  regexp: TOKEN,
  decoration: ({ groups = {} }) => {
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
    return kind === undefined ? null : (MARKS[kind] ?? null);
  },
});

/** Colours for SQL. */
export const sqlColours: Extension = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = decorator.createDeco(view);
    }
    update(update: ViewUpdate): void {
      this.decorations = decorator.updateDeco(update, this.decorations);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
