import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startHttpServer } from '../../src/cli/http-server.ts';
import type { Report } from '../../src/report/report.ts';
import type { Ledger } from '../../src/report/ledger.ts';
import { QueryError } from '../../src/store/query-error.ts';
import type { Store } from '../../src/store/query.ts';
import { HERE, reportOver } from './report-over.ts';
import { createManualClock } from './manual-clock.ts';
import { createMemoryRouter } from './memory-router.ts';
import { aSink } from './some-books.ts';
import { aMessage } from './temp-archive.ts';

/** A store whose queries fail. */
const failingStore = (error: Error): Store => ({
  query: () => Promise.reject(error),
  select: () => Promise.reject(error),
  types: () => Promise.reject(error),
  files: () => Promise.reject(error),
  wordedFiles: () => Promise.reject(error),
  close: async () => undefined,
});

const errorOf = async (response: Response): Promise<{ status: number; code: string; error: string }> => ({
  status: response.status,
  ...((await response.json()) as { code: string; error: string }),
});

describe('POST /api/query', () => {
  it('gives the store a signal that aborts when who asked closes the connection', async () => {
    let signal: AbortSignal | undefined;
    const store: Store = {
      ...failingStore(new Error('not asked')),
      query: (_, options) => {
        signal = options?.signal;
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(new QueryError('aborted', 'the query was interrupted')));
        });
      },
    };
    const { report } = await reportOver([], { store });
    const server = await startHttpServer('127.0.0.1', 0, (request) => report.fetch(request));
    onTestFinished(() => server.close(1_000));
    const given = new AbortController();
    const asked = fetch(`http://127.0.0.1:${server.port}/api/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"sql":"select 1"}',
      signal: given.signal,
    });
    await expect.poll(() => signal?.aborted).toBe(false);
    given.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(() => signal?.aborted).toBe(true);
  });

  it('answers with columns and rows of the archive', async () => {
    const { ask } = await reportOver([aMessage(), aMessage({ type: 'log', payload: '<b>\u001b[31m' })]);
    const response = await ask({ sql: 'select type, payload from messages order by type' });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      columns: [
        { name: 'type', type: 'VARCHAR' },
        { name: 'payload', type: 'VARCHAR' },
      ],
      rows: [
        { type: 'counter', payload: '1' },
        { type: 'log', payload: '<b>\u001b[31m' },
      ],
      truncated: false,
      elapsedMs: expect.any(Number) as number,
    });
  });

  it('stops at maxRows and says so', async () => {
    const { ask } = await reportOver([aMessage(), aMessage()]);
    expect(await (await ask({ sql: 'select 1 as one from messages', maxRows: 1 })).json()).toMatchObject({
      rows: [{ one: 1 }],
      truncated: true,
    });
  });

  it.each([
    ['{', 'not-json', 'the body must be JSON such as {"sql":"select 1"}'],
    ['', 'not-json', 'the body must be JSON such as {"sql":"select 1"}'],
    ['[]', 'bad-request', 'the body must be an object such as {"sql":"select 1"}'],
    ['null', 'bad-request', 'the body must be an object such as {"sql":"select 1"}'],
    ['{}', 'bad-request', 'sql must be text'],
    ['{"sql":1}', 'bad-request', 'sql must be text'],
    ['{"sql":""}', 'bad-request', 'sql must not be empty'],
    ['{"sql":"select 1","maxRows":0}', 'bad-request', 'maxRows must be a whole number from 1 to 10000'],
    ['{"sql":"select 1","maxRows":1.5}', 'bad-request', 'maxRows must be a whole number from 1 to 10000'],
    ['{"sql":"select 1","timeoutMs":"5"}', 'bad-request', 'timeoutMs must be a whole number from 1 to 60000'],
    ['{"sql":"select 1","limit":5}', 'bad-request', 'the body takes sql, maxRows and timeoutMs, got "limit" too'],
  ])('refuses the body %s in words', async (body, code, error) => {
    const { ask } = await reportOver([], { store: failingStore(new Error('never asked')) });
    expect(await errorOf(await ask(body))).toEqual({ status: 400, code, error });
  });

  it('refuses a body past 128 KiB', async () => {
    const { ask } = await reportOver([], { store: failingStore(new Error('never asked')) });
    expect(await errorOf(await ask({ sql: 'x'.repeat(140_000) }))).toMatchObject({ status: 413, code: 'too-large' });
  });

  it.each([
    ['drop table messages', 'refused'],
    ['select * from nowhere', 'refused'],
    ['selec 1', 'syntax'],
    ["select * from read_csv('/etc/passwd')", 'refused'],
  ])('refuses to run %s', async (sql, code) => {
    const { ask } = await reportOver();
    expect(await errorOf(await ask({ sql }))).toMatchObject({ status: 400, code });
  });

  it.each([
    ['timeout', 408],
    ['memory', 422],
    ['unfit', 422],
    ['failed', 500],
    ['aborted', 499],
    ['busy', 503],
  ] as const)('answers a query that failed by %s with %i', async (code, status) => {
    const { ask } = await reportOver([], { store: failingStore(new QueryError(code, 'one line')) });
    expect(await errorOf(await ask({ sql: 'select 1' }))).toEqual({ status, code, error: 'one line' });
  });

  it('keeps what is wrong inside to itself, and tells its owner', async () => {
    const cause = new Error('secret path');
    const { ask, errors } = await reportOver([], { store: failingStore(cause) });
    const response = await ask({ sql: 'select 1' });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(errors).toEqual([cause]);
  });
});

describe('POST /api/replay', () => {
  const headers = { 'content-type': 'application/json' };
  const done = { status: 'done', delivered: 1, refused: 0, remaining: 0, trouble: undefined } as const;

  it.each([
    [200, headers],
    [415, { 'content-type': 'text/plain' }],
    [403, { ...headers, 'sec-fetch-site': 'cross-site' }],
    [403, { ...headers, origin: 'https://evil.example' }],
  ])('answers %i to %j', async (status, sent) => {
    const router = createMemoryRouter({ sinks: { statsd: aSink() } });
    router.replays.set('statsd', Promise.resolve(done));
    const { report } = await reportOver([], { router });
    const body = JSON.stringify({ sink: 'statsd' });
    const response = await report.fetch(new Request(`${HERE}/api/replay`, { method: 'POST', headers: sent, body }));
    expect(response.status).toBe(status);
  });
});

describe('POST /api/maps', () => {
  const json = { 'content-type': 'application/json' };
  const send = (
    report: Report,
    query: string,
    headers: Record<string, string>,
    body: string | null,
  ): Promise<Response> => report.fetch(new Request(`${HERE}/api/maps${query}`, { method: 'POST', headers, body }));

  it('hands the map to the router, by its release, its script and its id', async () => {
    const { report, router } = await reportOver();
    const response = await send(report, '?release=1%2B0&path=%2Fapp.js&debug_id=abc', json, '{"version":3}');
    expect([response.status, await response.json()]).toEqual([201, { bytes: 13, deletedReleases: 0 }]);
    expect([...router.maps]).toEqual([['1+0 /app.js abc', '{"version":3}']]);
  });

  it.each([
    [400, '', json, '{}'],
    [400, '?release=1', json, '{}'],
    [400, '?release=1&path=/a.js', json, null],
    [415, '?release=1&path=/a.js', { 'content-type': 'text/plain' }, '{}'],
    [403, '?release=1&path=/a.js&key=page', { ...json, 'sec-fetch-site': 'cross-site' }, '{}'],
    [403, '?release=1&path=/a.js&key=page', { ...json, origin: 'https://shop.example' }, '{}'],
    [421, '?release=1&path=/a.js', { ...json, host: 'evil.example' }, '{}'],
  ])('answers %i to %j with %j', async (status, query, headers, body) => {
    const { report, router } = await reportOver();
    expect((await send(report, query, headers, body)).status).toBe(status);
    expect(router.maps.size).toBe(0);
  });

  it.each([
    [413, 'too-large'],
    [400, 'bad-name'],
  ] as const)('answers %i to what the router refuses as %s', async (status, reason) => {
    const router = { ...createMemoryRouter(), putMap: async () => ({ status: 'refused', reason }) as const };
    const { report } = await reportOver([], { router });
    expect((await send(report, '?release=1&path=/a.js', json, '{}')).status).toBe(status);
  });
});

describe('who may', () => {
  it.each(['127.0.0.1:5566', 'localhost', 'LOCALHOST:1', 'shop.localhost:5566', '[::1]:5566', '127.1.2.3'])(
    'answers for the host %s',
    async (host) => {
      const { get } = await reportOver();
      expect((await get('/healthz', { host })).status).toBe(200);
    },
  );

  it.each([
    'evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example:5566',
    '192.168.1.5',
    '[::2]',
    'localhost@evil.example',
    '',
    'a b',
  ])('does not answer for the host %j: a name that someone made to point here', async (host) => {
    const { get } = await reportOver();
    expect(await errorOf(await get('/', { host }))).toMatchObject({ status: 421, code: 'wrong-host' });
  });

  it.each([
    ['path', 'GET', 'http://127.0.0.1/marker', 404],
    ['path of a post', 'POST', 'http://127.0.0.1/marker?marker', 404],
    ['method', 'MARKER', 'http://127.0.0.1/api/query?marker', 405],
    ['host', 'GET', 'http://marker.example/', 421],
    ['host of a post', 'POST', 'http://marker.example/v1/messages', 421],
  ])('repeats nothing of a request that goes nowhere for its %s', async (_what, method, url, status) => {
    const { report } = await reportOver();
    const response = await report.fetch(new Request(url, { method, headers: { 'user-agent': 'marker' } }));
    expect(response.status).toBe(status);
    const said = JSON.stringify([...response.headers]) + (await response.text());
    expect(said.toLowerCase()).not.toContain('marker');
  });

  it('answers for hosts that are configured', async () => {
    const { get } = await reportOver([], { hosts: () => ['metlog.internal', 'Other.Example'] });
    expect((await get('/healthz', { host: 'metlog.internal:5566' })).status).toBe(200);
    expect((await get('/healthz', { host: 'other.example' })).status).toBe(200);
    expect((await get('/healthz', { host: 'other.internal' })).status).toBe(421);
  });

  it('applies the host check to posted messages too', async () => {
    const { report, bodies, get } = await reportOver();
    const response = await report.fetch(new Request('http://evil.example/v1/messages', { method: 'POST', body: 'x' }));
    expect(response.status).toBe(421);
    expect(bodies).toEqual([]);
    const { relay } = (await (await get('/api/ledger')).json()) as Ledger;
    expect(relay).toMatchObject({ requests: 1, refused: { 'wrong-host': 1 } });
  });

  it.each(['cross-site', 'same-site'])('refuses the API to a page that is %s', async (site) => {
    const { get, ask } = await reportOver();
    const headers = { 'sec-fetch-site': site };
    expect(await errorOf(await get('/api/views', headers))).toMatchObject({ status: 403, code: 'cross-site' });
    expect(await errorOf(await get('/api/tail', headers))).toMatchObject({ status: 403, code: 'cross-site' });
    expect((await ask({ sql: 'select 1' }, { ...headers, 'content-type': 'application/json' })).status).toBe(403);
  });

  it.each(['same-origin', 'none'])('answers the API to a page that is %s', async (site) => {
    const { get } = await reportOver();
    expect((await get('/api/views', { 'sec-fetch-site': site })).status).toBe(200);
  });

  it('refuses a query with an origin that is not its own, from browsers that say no more', async () => {
    const { ask } = await reportOver();
    const type = { 'content-type': 'application/json' };
    expect((await ask({ sql: 'select 1' }, { ...type, origin: 'http://localhost:3000' })).status).toBe(403);
    expect((await ask({ sql: 'select 1' }, { ...type, origin: 'null' })).status).toBe(403);
    expect((await ask({ sql: 'select 1' }, { ...type, origin: HERE })).status).toBe(200);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'text/plain; application/json', ''])(
    'refuses a query as %j, which a page may send without asking',
    async (type) => {
      const { ask } = await reportOver();
      expect(await errorOf(await ask('{"sql":"select 1"}', { 'content-type': type }))).toMatchObject({
        status: 415,
        code: 'bad-content-type',
      });
    },
  );

  it('takes application/json with a charset', async () => {
    const { ask } = await reportOver();
    expect((await ask({ sql: 'select 1' }, { 'content-type': 'Application/JSON; charset=utf-8' })).status).toBe(200);
  });
});

describe('GET /api/ledger', () => {
  it('answers with all books, to nobody else’s page', async () => {
    const { get } = await reportOver([], { store: failingStore(new Error('never asked')) });
    const response = await get('/api/ledger');
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(Object.keys((await response.json()) as object)).toEqual([
      'at',
      'startedAt',
      'notes',
      'input',
      'relay',
      'socket',
      'path',
      'sinks',
      'unmatched',
      'unread',
      'abandoned',
      'archive',
      'journal',
    ]);
    expect((await get('/api/ledger', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await get('/api/ledger', { host: 'evil.example' })).status).toBe(421);
  });
});

describe('GET /metrics', () => {
  it('answers in the text format of Prometheus', async () => {
    const { get } = await reportOver([], { store: failingStore(new Error('never asked')) });
    const response = await get('/metrics');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    expect(text).toContain('# TYPE metlog_input_accepted_total counter\nmetlog_input_accepted_total 0\n');
    expect(text).toMatch(/\nprocess_resident_memory_bytes [1-9]\d+\n/);
    expect((await get('/metrics', { host: 'evil.example' })).status).toBe(421);
  });
});

describe('GET /api/tail', () => {
  it('streams what is journaled, filtered', async () => {
    const { get, router } = await reportOver();
    const response = await get('/api/tail?type=order.*');
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = response.body!.getReader();
    await reader.read();
    router.journal([aMessage(), aMessage({ type: 'order.placed', payload: 'here' })]);
    expect(new TextDecoder().decode((await reader.read()).value as Uint8Array)).toContain('"payload":"here"');
    await reader.cancel();
    expect(router.listenerCount).toBe(0);
  });

  it('says what is wrong with a filter', async () => {
    const { get } = await reportOver();
    expect(await errorOf(await get('/api/tail?severity=9'))).toMatchObject({ status: 400, code: 'bad-request' });
  });

  it('refuses more clients than it can serve', async () => {
    const { get } = await reportOver([], { tail: { maxClients: 1 } });
    expect((await get('/api/tail')).status).toBe(200);
    const refused = await get('/api/tail');
    expect(refused.status).toBe(503);
    expect(refused.headers.has('retry-after')).toBe(true);
  });

  it('ends with the report', async () => {
    const { report, get } = await reportOver();
    const reader = (await get('/api/tail')).body!.getReader();
    await reader.read();
    report.close();
    expect((await reader.read()).done).toBe(true);
    expect((await get('/healthz')).status).toBe(503);
  });
});

describe('the rest', () => {
  it('hands posted messages to the relay', async () => {
    const { report, bodies } = await reportOver();
    const post = (headers: Record<string, string>): Promise<Response> =>
      report.fetch(new Request(`${HERE}/v1/messages`, { method: 'POST', body: 'text', headers }));
    const response = await post({ origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' });
    expect(response.status).toBe(202);
    expect(response.headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
    expect((await post({ origin: 'https://evil.example' })).status).toBe(403);
    expect(bodies).toEqual(['text']);
  });

  it('serves the script for pages, and counts what is posted to a wrong path', async () => {
    const { report, get } = await reportOver();
    expect(await (await get('/metlog.js')).text()).toBe('script');
    const posted = await report.fetch(new Request(`${HERE}/v1/message`, { method: 'POST', body: 'text' }));
    expect(await errorOf(posted)).toMatchObject({ status: 404, code: 'wrong-path' });
    expect(await (await get('/metrics')).text()).toContain('metlog_relay_refused_total{reason="wrong-path"} 1\n');
  });

  it('is healthy while it runs, and ready while router and archive answer', async () => {
    const { get } = await reportOver();
    expect((await get('/healthz')).status).toBe(200);
    expect(await (await get('/readyz')).json()).toEqual({ status: 'ready' });
    const broken = await reportOver([], { store: failingStore(new Error('the disk is gone')) });
    expect((await broken.get('/healthz')).status).toBe(200);
    expect(await errorOf(await broken.get('/readyz'))).toEqual({
      status: 503,
      code: 'not-ready',
      error: 'the disk is gone',
    });
  });

  it('is not ready when the router gives no answer for two seconds', async () => {
    const clock = createManualClock();
    let isAsked = (): void => undefined;
    const asked = new Promise<void>((resolve) => (isAsked = resolve));
    const never = new Promise<never>(() => undefined);
    const mute = {
      ...createMemoryRouter(),
      stats() {
        isAsked();
        return never;
      },
    };
    const { get } = await reportOver([], { clock, router: mute });
    const answered = get('/readyz');
    await asked;
    clock.advance(2_000);
    expect(await errorOf(await answered)).toMatchObject({ status: 503, error: 'no answer within 2000 ms' });
  });

  it.each([
    ['/nothing', 404, 'not-found'],
    ['/ui/../../package.json', 404, 'not-found'],
    ['/ui/%2e%2e/index.html', 404, 'not-found'],
    ['/__proto__', 404, 'not-found'],
    ['/api/query', 405, 'bad-method'],
    ['/api/replay', 405, 'bad-method'],
    ['/api/maps', 405, 'bad-method'],
  ])('answers GET %s with %i', async (path, status, code) => {
    const { get } = await reportOver();
    expect(await errorOf(await get(path))).toMatchObject({ status, code });
  });

  it('tells no browser to guess types, on any answer', async () => {
    const { get } = await reportOver();
    for (const path of ['/', '/api/views', '/nothing', '/healthz', '/api/tail']) {
      expect((await get(path)).headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});

describe('the page', () => {
  it('comes with a policy that lets nothing but its own script run', async () => {
    const { get } = await reportOver();
    const response = await get('/');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain('unsafe');
    expect(await response.text()).toBe(await readFile('src/report/ui/index.html', 'utf8'));
  });

  it('has neither script nor style nor handlers inside, which the policy would stop', async () => {
    const html = await readFile('src/report/ui/index.html', 'utf8');
    expect(html).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*\ssrc=)/);
  });

  it('is answered with 304 to who has it already', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'metlog-test-'));
    onTestFinished(() => rm(dir, { recursive: true }));
    await writeFile(join(dir, 'style.css'), 'body {}');
    const { get } = await reportOver([], { uiDir: dir });
    const first = await get('/ui/style.css');
    expect(first.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const etag = first.headers.get('etag')!;
    expect((await get('/ui/style.css', { 'if-none-match': etag })).status).toBe(304);
    expect((await get('/ui/style.css', { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('is told apart from a failure when its files are missing', async () => {
    const { get, errors } = await reportOver([], { uiDir: '/nowhere' });
    expect((await get('/')).status).toBe(500);
    expect(errors).toHaveLength(1);
  });
});
