import { history, historyKeymap } from '@codemirror/commands';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import { sqlColours } from './sql-colours.ts';
import { sqlCompletion } from './sql-completion.ts';
import type { Names } from './sql-names.ts';

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
        sqlCompletion(() => names),
        sqlColours,
        placeholder('select …'),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': 'SQL' }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
        // Tab stays the browser's, so that who has no pointer gets out of the editor.
        keymap.of([{ key: 'Mod-Enter', run }, ...historyKeymap]),
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

const THEME = EditorView.theme({
  '&': {
    fontSize: '14px',
    backgroundColor: 'var(--card)',
    color: 'var(--text)',
    border: '1px solid var(--line)',
    borderRadius: '8px',
  },
  '&.cm-focused': { outline: '2px solid var(--accent)' },
  '.cm-scroller': { fontFamily: 'var(--mono)', minHeight: '110px' },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-placeholder': { color: 'var(--soft)' },
  '.cm-tooltip': { backgroundColor: 'var(--card)', color: 'var(--text)', border: '1px solid var(--line)' },
  '.sql-options': { margin: 0, padding: '4px', listStyle: 'none', maxHeight: '220px', overflow: 'auto' },
  '.sql-options li': { padding: '1px 6px', borderRadius: '4px' },
  '.sql-options li span': { color: 'var(--soft)', fontSize: '12px' },
  '.sql-options li[aria-selected=true]': { backgroundColor: 'var(--tint)' },
  '.sql-keyword': { color: 'var(--accent)', fontWeight: '600' },
  '.sql-string': { color: 'var(--good)' },
  '.sql-number': { color: 'var(--warn)' },
  '.sql-comment': { color: 'var(--soft)', fontStyle: 'italic' },
});
