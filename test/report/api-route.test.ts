import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { apiRoute, type ApiPorts } from '../../src/report/api-route.ts';
import { WINDOW_INPUT, windowProblem } from '../../src/report/api/time-window.ts';
import { QueryError } from '../../src/store/query-error.ts';
import type { QueryOptions, QueryResult, Store } from '../../src/store/query.ts';

const NOTHING: QueryResult = { columns: [], rows: [], truncated: false, elapsedMs: 0 };

const asked: QueryOptions[] = [];
const store = { select: async (_sql, _parameters, options) => (asked.push(options ?? {}), NOTHING) } as Pick<
  Store,
  'select'
>;
// The route below looks at the store alone.
const PORTS = { store } as ApiPorts;

const route = apiRoute({
  path: '/api/echo/:id',
  about: 'Says what it was asked.',
  input: z.strictObject({ ...WINDOW_INPUT, id: z.string() }),
  output: z.unknown(),
  problem: windowProblem,
  answer: async (input, { store }) => {
    if (input.id === 'gone') return null;
    if (input.id === 'rows') return (await store.select('SELECT 1', [], { maxRows: 1 })).rows;
    if (input.id === 'slow') throw new QueryError('timeout', 'the query was stopped');
    if (input.id === 'full') throw new QueryError('busy', 'too many wait');
    return input;
  },
});

const respond = (query: string, id: string, signal?: AbortSignal): Promise<Response> =>
  route.respond(new Request(`http://127.0.0.1/api/echo/${id}?${query}`, { signal: signal ?? null }), { id }, PORTS);

async function ask(query: string, id = 'a'): Promise<{ status: number; body: unknown }> {
  const response = await respond(query, id);
  return { status: response.status, body: await response.json() };
}

describe('apiRoute', () => {
  it('hands on what was asked, its times read in either form', async () => {
    expect(await ask('from=2026-01-01T00:00:00Z&to=1767229200000&logger=shop')).toEqual({
      status: 200,
      body: { from: 1_767_225_600_000, to: 1_767_229_200_000, logger: 'shop', id: 'a' },
    });
  });

  it.each([
    ['to=5', 'from must be a time such as 2026-11-22T10:44:00Z, or epoch milliseconds'],
    ['from=yesterday&to=5', 'from must be a time such as 2026-11-22T10:44:00Z, or epoch milliseconds'],
    ['from=1&from=2&to=5', 'from must be a time such as 2026-11-22T10:44:00Z, or epoch milliseconds'],
    ['from=2026-13-45&to=5', 'from must be a time such as 2026-11-22T10:44:00Z, or epoch milliseconds'],
    ['from=0&to=9999999999999999', 'to must be a time such as 2026-11-22T10:44:00Z, or epoch milliseconds'],
    ['from=5&to=5', 'from must be before to'],
    ['from=0&to=8640000000000000', 'to must be a time such as 2026-11-22T10:44:00Z, or epoch milliseconds'],
    ['from=0&to=9999-12-31', 'to must be a time such as 2026-11-22T10:44:00Z, or epoch milliseconds'],
    ['from=0000-01-01&to=0', 'from must be a time such as 2026-11-22T10:44:00Z, or epoch milliseconds'],
    ['from=0&to=9999-12-30', 'the window is too long'],
    ['from=0&to=5&__proto__=x', 'there is no parameter "__proto__"'],
    ['from=0&to=5&what=x', 'there is no parameter "what"'],
  ])('refuses %s in one line', async (query, words) => {
    expect(await ask(query)).toEqual({ status: 400, body: { error: words, code: 'bad-request' } });
  });

  it('says what is not there, and why the archive cannot tell', async () => {
    expect((await ask('from=0&to=5', 'gone')).status).toBe(404);
    expect(await ask('from=0&to=5', 'slow')).toEqual({
      status: 408,
      body: { error: 'the query was stopped', code: 'timeout' },
    });
  });

  it('says when to ask again what there was no room for', async () => {
    const response = await respond('from=0&to=5', 'full');
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await response.json()).toEqual({ error: 'too many wait', code: 'busy' });
  });

  it('has the archive stop asking for who closes the connection', async () => {
    const given = new AbortController();
    expect((await respond('from=0&to=5', 'rows', given.signal)).status).toBe(200);
    expect(asked).toMatchObject([{ maxRows: 1, signal: { aborted: false } }]);
    given.abort();
    expect(asked).toMatchObject([{ signal: { aborted: true } }]);
  });
});
