import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPEN_PATHS } from '../../src/report/access.ts';
import { METHODS } from '../../src/report/report.ts';
import { API_ROUTES } from '../../src/report/routes/routes.ts';
import { bearer, cookieOf, HERE, signedReport, TOKEN, type Asking } from './signed-report.ts';

/** Every path that the report knows, and some that it does not. */
const PATHS = [
  ...Object.keys(METHODS),
  ...API_ROUTES.map(({ path }) => path.replace(/:\w+/g, 'some')),
  '/login',
  '/logout',
  '/ui/main.js',
  '/api/',
  '/nothing',
  '//healthz',
];
const CLOSED = PATHS.filter((path) => !OPEN_PATHS.has(path) && path !== '/login' && path !== '/logout');
/** Those of them that can be asked with GET and have something to say. */
const READABLE = CLOSED.filter((path) => METHODS[path] === 'GET');
const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const JSON_TYPE = { 'content-type': 'application/json' };

const codeOf = async (response: Response): Promise<string> => ((await response.json()) as { code: string }).code;

/** Ways to ask a path that could do or tell something. */
const WAYS: readonly Asking[] = [
  {},
  { method: 'HEAD' },
  { method: 'POST', headers: JSON_TYPE, body: '{"sql":"select 1","sink":"a"}' },
  { method: 'PUT', headers: JSON_TYPE, body: '{}' },
];

describe('without a token, reached by other machines', () => {
  const exposed = { token: undefined, isExposed: true };

  it.each([...OPEN_PATHS])('%s is answered', async (path) => {
    const { ask } = signedReport(exposed);
    const isPost = path === '/v1/messages';
    const response = await ask(path, isPost ? { method: 'POST', body: 'x' } : {});
    expect(response.status).toBe(isPost ? 202 : 200);
  });

  it.each([...CLOSED, '/login', '/logout'])('%s is refused, whatever the method and the token', async (path) => {
    const { ask } = signedReport(exposed);
    for (const way of WAYS) {
      for (const headers of [{}, bearer(TOKEN), bearer('undefined'), bearer('')]) {
        const response = await ask(path, { ...way, headers: { ...way.headers, ...headers } });
        expect([403, 404]).toContain(response.status); // 404: what a page posts to no path of ours
        if (way.method === undefined) expect(response.status).toBe(403);
      }
    }
  });

  it('any other path is refused as well: what is not known to be open is closed', async () => {
    const { ask } = signedReport(exposed);
    await fc.assert(
      fc.asyncProperty(fc.webPath(), fc.webQueryParameters(), async (path, query) => {
        const url = new URL(`${HERE}${path.startsWith('/') ? path : `/${path}`}?${query}`);
        fc.pre(!OPEN_PATHS.has(url.pathname));
        expect((await ask(url.pathname + url.search)).status).toBe(403);
      }),
    );
  });

  it('a program is told in one sentence what to do, and a person on a page', async () => {
    const { ask } = signedReport(exposed);
    expect(await (await ask('/api/views')).json()).toEqual({
      code: 'no-token',
      error: 'other machines can reach this server: set METLOG_TOKEN where it is started, and it answers who knows it',
    });
    const page = await ask('/', { headers: HTML });
    expect([page.status, page.headers.get('content-type')]).toEqual([403, 'text/html; charset=utf-8']);
    expect(await page.text()).toContain('Set <code>METLOG_TOKEN</code>');
  });
});

describe('without a token, on this machine alone', () => {
  it.each(READABLE)('%s is answered', async (path) => {
    const { ask } = signedReport({ token: undefined });
    expect((await ask(path)).status).toBe(200);
  });

  it('there is no /login', async () => {
    const { ask } = signedReport({ token: undefined });
    expect([(await ask('/login')).status, (await ask('/logout')).status]).toEqual([404, 404]);
  });
});

describe('with a token', () => {
  it.each([...OPEN_PATHS])('%s wants none', async (path) => {
    const { ask } = signedReport();
    const isPost = path === '/v1/messages';
    expect((await ask(path, isPost ? { method: 'POST', body: 'x' } : {})).status).toBe(isPost ? 202 : 200);
  });

  it.each(CLOSED)('%s wants it, whatever the method', async (path) => {
    const { ask } = signedReport();
    for (const way of WAYS) {
      const { status } = await ask(path, way);
      expect([401, 404]).toContain(status); // 404: what a page posts to no path of ours
      if (way.method === undefined) expect(status).toBe(401);
    }
  });

  it('any other path wants it as well: what is not known to be open is closed', async () => {
    const { ask } = signedReport();
    await fc.assert(
      fc.asyncProperty(fc.webPath(), async (path) => {
        const { pathname } = new URL(`${HERE}${path.startsWith('/') ? path : `/${path}`}`);
        fc.pre(!OPEN_PATHS.has(pathname) && pathname !== '/login' && pathname !== '/logout');
        expect((await ask(pathname)).status).toBe(401);
      }),
    );
  });

  it.each(READABLE)('%s is answered to a program that sends it', async (path) => {
    const { ask } = signedReport();
    expect((await ask(path, { headers: bearer(TOKEN) })).status).toBe(200);
    expect((await ask(path, { headers: { authorization: `bearer  ${TOKEN}` } })).status).toBe(200);
  });

  it('a query is answered to a program that sends it', async () => {
    const { ask } = signedReport();
    const query = { method: 'POST', body: '{"sql":"select 1"}' };
    expect((await ask('/api/query', { ...query, headers: { ...JSON_TYPE, ...bearer(TOKEN) } })).status).toBe(200);
    expect((await ask('/api/query', { ...query, headers: JSON_TYPE })).status).toBe(401);
  });

  it.each([
    ['sign-in', {}],
    ['sign-in', { authorization: `Basic ${btoa(`metlog:${TOKEN}`)}` }],
    ['sign-in', { cookie: `metlog_session=${TOKEN}` }],
    ['wrong-token', bearer(TOKEN.slice(0, -1))],
    ['wrong-token', bearer(`${TOKEN}x`)],
    ['wrong-token', bearer(TOKEN.toUpperCase())],
  ])('says %s to a program that sends %j', async (code, headers) => {
    const { ask } = signedReport();
    const response = await ask('/api/views', { headers });
    expect([response.status, await codeOf(response)]).toEqual([401, code]);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="metlog"');
  });

  it.each(['/', '/metrics', '/nothing'])('leads a person who asks for %s to the form', async (path) => {
    const { ask } = signedReport();
    const response = await ask(path, { headers: HTML });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/login']);
  });

  it('lets a page read that what it posted to a wrong path is not taken, so that it does not try for ever', async () => {
    const { ask } = signedReport();
    const headers = { origin: 'https://shop.example', 'sec-fetch-site': 'cross-site' };
    const response = await ask('/metlog', { method: 'POST', body: 'x', headers });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([404, '*']);
  });
});

describe('a page of another site', () => {
  const FOREIGN = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' }, // such as another port, to which the cookie does go
    { origin: 'https://evil.example' },
    { origin: 'http://127.0.0.1:3000' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  ];

  it.each([...CLOSED, '/login', '/logout'])('gets nothing of %s, whoever sits before it', async (path) => {
    const { ask, signIn } = signedReport();
    const cookie = await signIn();
    for (const way of WAYS) {
      for (const foreign of FOREIGN) {
        const response = await ask(path, { ...way, headers: { ...way.headers, ...foreign, cookie } });
        expect([403, 404]).toContain(response.status);
        expect(response.headers.get('set-cookie')).toBe(null);
      }
    }
    expect((await ask('/api/views', { headers: { cookie } })).status).toBe(200); // it is still signed in
  });

  it.each(CLOSED)('gets nothing of %s where no token is wanted either', async (path) => {
    const { ask } = signedReport({ token: undefined });
    for (const way of WAYS) {
      for (const foreign of FOREIGN) {
        const response = await ask(path, { ...way, headers: { ...way.headers, ...foreign } });
        expect([403, 404]).toContain(response.status);
      }
    }
  });

  it('can have a link to the dashboard, but not to the API', async () => {
    const { ask } = signedReport({ token: undefined });
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect((await ask('/', { headers: { ...HTML, ...link } })).status).toBe(200);
    expect((await ask('/api/views', { headers: { ...HTML, ...link } })).status).toBe(403);
  });

  it.each(['GET', 'POST'])('cannot sign anybody in: %s', async (method) => {
    const { ask } = signedReport();
    const body = method === 'POST' ? { body: `token=${TOKEN}` } : {};
    for (const foreign of FOREIGN) {
      const headers = { ...foreign, 'content-type': 'application/x-www-form-urlencoded' };
      const response = await ask(`/login?token=${TOKEN}`, { method, headers, ...body });
      expect([response.status, response.headers.get('set-cookie')]).toEqual([403, null]);
    }
  });
});

describe('a name that somebody made to point here', () => {
  it.each(PATHS)('is not answered for %s, whoever sits before it and whoever can reach it', async (path) => {
    for (const isExposed of [true, false]) {
      const { ask, signIn } = signedReport({ isExposed });
      const cookie = await signIn();
      for (const way of WAYS) {
        for (const host of ['evil.example:5566', '127.0.0.1.evil.example', '2130706433.evil.example']) {
          const origin = { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' };
          const headers = { ...way.headers, ...origin, ...bearer(TOKEN), host, cookie };
          expect((await ask(path, { ...way, headers })).status).toBe(421);
        }
      }
    }
  });

  it.each(['192.0.2.7:5566', '[2001:db8::7]:5566', '10.0.0.1'])(
    'is told from the address %s, which nobody can point elsewhere: other machines use it',
    async (host) => {
      const status = async (isExposed: boolean): Promise<number> =>
        (await signedReport({ isExposed }).ask('/api/views', { headers: { host, ...bearer(TOKEN) } })).status;
      expect([await status(true), await status(false)]).toEqual([200, 421]);
    },
  );

  it('is told from those that are configured', async () => {
    const { ask, enter } = signedReport({ isExposed: true }, ['metlog.internal']);
    const headers = { host: 'metlog.internal:5566', origin: 'http://metlog.internal:5566' };
    const cookie = cookieOf(await enter(TOKEN, { headers }));
    expect((await ask('/api/views', { headers: { ...headers, cookie } })).status).toBe(200);
  });
});
