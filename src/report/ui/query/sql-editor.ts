import { autocompletion, completionKeymap } from '@codemirror/autocomplete';
import { history, historyKeymap, standardKeymap } from '@codemirror/commands';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { completeSql, type Names } from './sql-completion.ts';
import { sqlLanguage } from './sql-language.ts';

/** An editor for one statement. */
export interface SqlEditor {
  /** Replaces the text, without a step to take back if it is the same. */
  setText(text: string): void;
  /** Names that are completed: columns by view. */
  setNames(names: Names): void;
  close(): void;
}

export interface SqlEditorOptions {
  readonly text: string;
  /** Called with each change of the text. */
  readonly onChange: (text: string) => void;
  /** Called at Ctrl+Enter. */
  readonly onRun: () => void;
}

/**
 * Puts an editor into `host`. It stands in a shadow tree, where its styles are adopted sheets: in the document itself they would be a style element, which
 * the page's policy forbids.
 */
export function createSqlEditor(host: HTMLElement, { text, onChange, onRun }: SqlEditorOptions): SqlEditor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  let names: Names = {};
  const run = (): boolean => {
    onRun();
    return true;
  };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        history(),
        autocompletion({ icons: false, override: [completeSql(() => names)] }),
        sqlLanguage,
        syntaxHighlighting(HIGHLIGHT),
        placeholder('select …'),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': 'SQL' }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
        // Tab stays the browser's, so that who has no pointer gets out of the editor.
        keymap.of([{ key: 'Mod-Enter', run }, ...completionKeymap, ...historyKeymap, ...standardKeymap]),
        THEME,
      ],
    }),
  });

  return {
    setText(wanted) {
      const known = view.state.doc.toString();
      if (wanted !== known) view.dispatch({ changes: { from: 0, to: known.length, insert: wanted } });
    },
    setNames(given) {
      names = given;
    },
    close() {
      view.destroy();
    },
  };
}

const HIGHLIGHT = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--accent)', fontWeight: '600' },
  { tag: tags.string, color: 'var(--good)' },
  { tag: tags.number, color: 'var(--warn)' },
  { tag: tags.comment, color: 'var(--soft)', fontStyle: 'italic' },
]);

const THEME = EditorView.theme({
  '&': {
    fontSize: '14px',
    backgroundColor: 'var(--card)',
    color: 'var(--text)',
    border: '1px solid var(--line)',
    borderRadius: '8px',
  },
  '&.cm-focused': { outline: '2px solid var(--accent)' },
  '.cm-scroller': { fontFamily: 'ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace', minHeight: '110px' },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-placeholder': { color: 'var(--soft)' },
  '.cm-tooltip': { backgroundColor: 'var(--card)', color: 'var(--text)', border: '1px solid var(--line)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--card)' },
});
