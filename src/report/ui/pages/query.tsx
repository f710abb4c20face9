import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { ViewsAnswer } from '../../api/views.ts';
import { count } from '../format.ts';
import { go, hrefWith, place } from '../place.ts';
import { EXAMPLES, exampleOf, type Example } from '../query/examples.ts';
import { ResultView } from '../query/result-view.tsx';
import { createSqlEditor, type SqlEditor } from '../query/sql-editor.ts';
import { useQuery } from '../query/use-query.ts';
import { useAnswer } from '../use-answer.ts';

/** Columns that every view has; the rest are a type's own. */
const COMMON = new Set(
  'timestamp received logger severity payload hostname pid sender seq metadata type name value rate'.split(' '),
);
const BUILT_IN = new Set(['messages', 'counters', 'timers', 'gauges', 'logs', 'exceptions']);

/** SQL over the archive. The statement stands in the address, and runs when the page is opened with one. */
export function QueryPage(): JSX.Element {
  const sql = place.value.parameters.get('sql') ?? '';
  // What is typed is the editor's alone: handed back to it as it changes, it would undo the key that came meanwhile.
  const draft = useRef(sql);
  const { state, run, stop } = useQuery();
  const { answer } = useAnswer<ViewsAnswer>('/api/views');
  const views = answer?.views ?? [];

  const show = (statement: string): void => {
    // The same statement again has the same address, and no change that would run it.
    if (statement === sql) run(statement);
    else go(hrefWith({ sql: statement === '' ? null : statement }));
  };
  useEffect(() => {
    draft.current = sql;
    if (sql !== '') run(sql);
  }, [sql]);

  const isRunning = state.kind === 'running';
  return (
    <div class="query">
      <h1 class="visually-hidden">Query</h1>
      <section class="card">
        <Editor text={sql} views={views} draft={draft} onRun={() => show(draft.current)} />
        <div class="query-bar">
          {isRunning ? (
            <button type="button" onClick={stop}>
              Stop
            </button>
          ) : (
            <button type="button" class="primary" onClick={() => show(draft.current)}>
              Run
            </button>
          )}
          <span class="quiet">Ctrl+Enter runs; Ctrl+Space completes. The address is a link to this query.</span>
        </div>
        <Examples examples={examplesFor(views)} />
      </section>
      <section class="card" aria-live="polite" aria-busy={isRunning}>
        {state.kind === 'idle' && <Views views={views} />}
        {isRunning && <p class="quiet">running …</p>}
        {state.kind === 'failed' && (
          <p class="failure" role="alert">
            {state.message}
          </p>
        )}
        {state.kind === 'done' && <ResultView result={state.result} />}
      </section>
    </div>
  );
}

function examplesFor(views: ViewsAnswer['views']): readonly Example[] {
  const registered = views.filter(({ name }) => !BUILT_IN.has(name));
  return [
    ...EXAMPLES,
    ...registered.map(({ name, columns }) =>
      exampleOf(
        name,
        columns.flatMap((column) => (COMMON.has(column.name) ? [] : [column.name])),
      ),
    ),
  ];
}

interface EditorProps {
  /** What it begins with, and what it is set to when this changes. */
  readonly text: string;
  readonly views: ViewsAnswer['views'];
  /** What stands in the editor. */
  readonly draft: { current: string };
  readonly onRun: () => void;
}

function Editor({ text, views, draft, onRun }: EditorProps): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<SqlEditor | null>(null);
  const latest = useRef(onRun);
  latest.current = onRun;
  useEffect(() => {
    if (host.current === null) return;
    const made = createSqlEditor(host.current, {
      text,
      onChange: (typed) => (draft.current = typed),
      onRun: () => latest.current(),
    });
    editor.current = made;
    return () => made.close();
  }, []);
  useEffect(() => editor.current?.setText(text), [text]);
  useEffect(() => {
    editor.current?.setNames(
      Object.fromEntries(views.map((view) => [view.name, view.columns.map(({ name }) => name)])),
    );
  }, [views]);
  return <div ref={host} class="sql-editor" />;
}

function Examples({ examples }: { readonly examples: readonly Example[] }): JSX.Element {
  return (
    <nav class="examples" aria-label="Examples">
      {examples.map((example) => (
        <a key={example.title} href={hrefWith({ sql: example.sql })}>
          {example.title}
        </a>
      ))}
    </nav>
  );
}

function Views({ views }: { readonly views: ViewsAnswer['views'] }): JSX.Element {
  return (
    <>
      <h2>Views and their columns</h2>
      <dl class="views">
        {views.map((view) => (
          <div key={view.name}>
            <dt>
              {view.name} <span class="quiet">{count(view.columns.length)} columns</span>
            </dt>
            <dd>
              {view.columns.map((column) => (
                <span key={column.name} title={column.type}>
                  {column.name}
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
