// @vitest-environment happy-dom
import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useQuery, type Query } from '../../../../src/report/ui/query/use-query.ts';

interface Asked {
  readonly sql: unknown;
  readonly signal: AbortSignal;
  readonly answer: (rows: readonly unknown[]) => void;
}

const root = document.createElement('div');
let asked: Asked[] = [];
let query: Query | undefined;

function Page(): null {
  query = useQuery();
  return null;
}

/** A server that answers when it is told to, and an aborted question as the browser does: with a rejection, later. */
function answerLater(_url: string, { body, signal }: { readonly body: string; readonly signal: AbortSignal }) {
  return new Promise<Response>((resolve, reject) => {
    signal.addEventListener('abort', () => setTimeout(() => reject(signal.reason)));
    asked.push({
      sql: (JSON.parse(body) as { readonly sql: unknown }).sql,
      signal,
      answer: (rows) => resolve(Response.json({ columns: [], rows, truncated: false, elapsedMs: 1 })),
    });
  });
}

beforeEach(async () => {
  asked = [];
  vi.stubGlobal('fetch', answerLater);
  await act(() => render(h(Page, null), root));
});
afterEach(() => {
  render(null, root);
  vi.unstubAllGlobals();
});

const run = (sql: string): Promise<void> => act(() => query?.run(sql));
/** Until all that is under way has come in. */
const settled = (): Promise<void> => act(() => new Promise((done) => setTimeout(done, 1)));

describe('useQuery', () => {
  it('runs on when the one that it took the place of comes to its end', async () => {
    await run('select 1');
    await run('select 2');
    await settled();
    expect(asked.map(({ sql, signal }) => [sql, signal.aborted])).toEqual([
      ['select 1', true],
      ['select 2', false],
    ]);
    expect(query?.state.kind).toBe('running');
    asked[1]?.answer([{ n: 2 }]);
    await expect.poll(() => query?.state).toMatchObject({ kind: 'done', result: { rows: [{ n: 2 }] } });
  });

  it('is stopped when it is told to, and when the page is left', async () => {
    await run('select 1');
    await act(() => query?.stop());
    await settled();
    expect(query?.state.kind).toBe('idle');
    await run('select 2');
    await act(() => render(null, root));
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  });
});
