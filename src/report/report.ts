import { Hono } from 'hono';
import type { Clock } from '../core/platform.ts';
import { messageOf } from '../core/text-of.ts';
import type { Store } from '../store/query.ts';
import { createAccess, type AccessOptions } from './access.ts';
import { answer, failure } from './answers.ts';
import type { ApiPorts } from './api-route.ts';
import { foreignHost, hostNames, refuseForeignPage } from './guards.ts';
import { answerMap } from './maps-route.ts';
import { metricsOf } from './metrics.ts';
import { openApi } from './openapi.ts';
import { createPage } from './page.ts';
import { readProcessUse } from './process-use.ts';
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from './prometheus-text.ts';
import { answerQuery } from './query-route.ts';
import { readLedger } from './read-ledger.ts';
import type { RelayPort, RequestInfo } from './relay-port.ts';
import { answerReplay } from './replay-route.ts';
import type { RouterPort } from './router-port.ts';
import { API_ROUTES } from './routes/routes.ts';
import { createTail, type TailOptions } from './tail.ts';
import { parseTailFilter } from './tail-filter.ts';

export interface ReportOptions {
  readonly store: Store;
  readonly router: RouterPort;
  readonly relay: RelayPort;
  /** Answers requests for the scripts that pages load; null for any other. */
  readonly script: (request: Request) => Promise<Response | null>;
  readonly clock: Clock;
  /** Folder of the built page. */
  readonly uiDir: string;
  /** Host names that requests may name, besides those of loopback. @default none */
  readonly hosts?: () => readonly string[];
  /** Who may use it. @default everybody who reaches it */
  readonly access?: AccessOptions;
  readonly tail?: TailOptions;
  /** Told of what no answer can tell: a failure inside. */
  readonly onError: (error: unknown) => void;
}

/** The HTTP side of `metlog serve`. */
export interface Report {
  /** Answers one request; never rejects. */
  fetch(request: Request, info?: RequestInfo): Promise<Response>;
  /** Ends all streams; what is asked afterwards is answered with 503. */
  close(): void;
}

/** Puts relay, API and page behind one address. */
export function createReport(options: ReportOptions): Report {
  const { store, router, relay, script, clock, uiDir, onError } = options;
  const hosts = hostNames(options.hosts ?? (() => []), options.access?.isExposed === true);
  const tail = createTail(router, clock, options.tail);
  const access = createAccess(
    options.access ?? {},
    clock,
    (message) => relay.refuse('wrong-path', message),
    (session) => tail.endSession(session),
  );
  const page = createPage(uiDir);
  const ports: ApiPorts = { store, router, relay, clock };
  const app = new Hono<{ Bindings: RequestInfo }>();
  let closed = false;

  app.use(async (context, next) => {
    const foreign = foreignHost(context.req.raw, hosts);
    if (closed) context.res = failure(503, 'closing', 'the server is shutting down', { 'retry-after': '2' });
    else if (foreign === null) await next();
    else if (context.req.path === MESSAGES_PATH) context.res = relay.refuse('wrong-host', foreign);
    else context.res = failure(421, 'wrong-host', foreign);
    context.header('x-content-type-options', 'nosniff');
    if (!context.res.headers.has('referrer-policy')) context.header('referrer-policy', 'no-referrer');
  });
  app.use(
    async (context, next) => (await access.answer(context.req.raw, context.req.path, context.env)) ?? (await next()),
  );
  app.use('/api/*', async (context, next) => {
    const refusal = refuseForeignPage(context.req.raw);
    if (refusal !== null) return refusal;
    await next();
    if (access.sessionOf(context.req.raw) !== undefined) context.header(SESSION_HEADER, 'begun');
    return undefined;
  });

  app.all(MESSAGES_PATH, (context) => relay.fetch(context.req.raw, context.env));
  app.post('/api/query', (context) => answerQuery(context.req.raw, store));
  app.post('/api/replay', (context) => answerReplay(context.req.raw, router, clock));
  app.post('/api/maps', (context) => answerMap(context.req.raw, router));
  app.get('/api/openapi.json', () => answer(200, openApi(API_ROUTES)));
  for (const route of API_ROUTES) {
    app.get(route.path, (context) => route.respond(context.req.raw, context.req.param(), ports));
    app.all(route.path, () => badMethod('GET'));
  }
  app.get('/api/ledger', async () => answer(200, await readLedger(router, relay, clock, performance.timeOrigin)));
  app.get('/api/tail', (context) => {
    const parsed = parseTailFilter(new URL(context.req.url).searchParams);
    if (!parsed.ok) return failure(400, 'bad-request', parsed.message);
    const stream = tail.open(parsed.filter, access.sessionOf(context.req.raw));
    if (stream === null) return failure(503, 'too-many-tails', 'too many tails are open', { 'retry-after': '10' });
    return new Response(stream, {
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
    });
  });
  app.get('/metrics', async () => {
    const [books, path] = await Promise.all([router.stats(), router.ledger()]);
    return new Response(prometheusText(metricsOf(books, path, relay.stats(), readProcessUse())), {
      headers: { 'content-type': PROMETHEUS_CONTENT_TYPE, 'cache-control': 'no-store' },
    });
  });
  app.get('/healthz', () => answer(200, { status: 'ok' }));
  app.get('/readyz', async () => {
    // Both sides do what they are there for: the receiving thread answers, and the archive can be listed.
    const working = Promise.all([router.stats(), store.files()]).then(() => null, messageOf);
    const reason = await Promise.race([working, late(clock)]);
    return reason === null ? answer(200, { status: 'ready' }) : failure(503, 'not-ready', reason);
  });
  app.get(
    '*',
    async (context) => (await script(context.req.raw)) ?? (await page(context.req.raw)) ?? context.notFound(),
  );

  app.notFound((context) => {
    const allowed = METHODS[context.req.path];
    const method = context.req.method;
    if (allowed !== undefined && allowed !== method) return badMethod(allowed);
    const message = 'there is nothing at this path';
    // What is posted to nowhere was most likely a page's.
    return method === 'POST' ? relay.refuse('wrong-path', message) : failure(404, 'not-found', message);
  });
  app.onError((error) => {
    onError(error);
    return failure(500, 'failed', 'the request failed inside; the log of the server says why');
  });

  return {
    async fetch(request, info = {}) {
      return app.fetch(request, info);
    },
    close() {
      closed = true;
      tail.close();
    },
  };
}

/** Tells the page, which cannot read the cookie, that it can sign out. */
const SESSION_HEADER = 'metlog-session';

const badMethod = (allowed: string): Response =>
  failure(405, 'bad-method', `this path takes ${allowed}`, { allow: allowed });

const MESSAGES_PATH = '/v1/messages';

/** What each path takes, to tell a wrong method from a wrong path. */
export const METHODS: Readonly<Record<string, string>> = {
  '/': 'GET',
  '/api/ledger': 'GET',
  '/api/maps': 'POST',
  '/api/openapi.json': 'GET',
  '/api/query': 'POST',
  '/api/replay': 'POST',
  '/api/tail': 'GET',
  '/healthz': 'GET',
  '/metlog.js': 'GET',
  '/metlog.stub.js': 'GET',
  '/metrics': 'GET',
  '/readyz': 'GET',
};

const READY_MS = 2_000;

const late = (clock: Pick<Clock, 'after'>): Promise<string> =>
  new Promise((resolve) => clock.after(READY_MS, () => resolve(`no answer within ${READY_MS} ms`)));
