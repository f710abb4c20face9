import express5, { type Express, type Request, type Response, type NextFunction } from 'express';
// @ts-expect-error -- Express 4 is here beside the types of 5, which serve for both
import express4 from 'express4';
import { describe, expect, it } from 'vitest';
import { instrument } from '../../src/bindings/express.ts';
import { get, nameOf, serve, watch } from './support.ts';

const VERSIONS = [
  ['5', express5],
  ['4', express4 as unknown as typeof express5],
] as const;

function auth(_request: Request, _response: Response, next: NextFunction): void {
  setImmediate(next);
}

/** The entries of an application's router. */
function stackOf(app: Express): { handle: unknown; route?: { stack: { handle: unknown }[] } }[] {
  const { _router } = app as { _router?: { stack: never[] } };
  return (_router ?? app.router).stack as never[];
}

describe.each(VERSIONS)('Express %s', (_version, express) => {
  /** A shop whose parts were made before and after it was instrumented. */
  function shop(): { app: Express; users: ReturnType<typeof express.Router> } {
    const app = express();
    const users = express.Router();
    users.get('/:id', (_request, response) => void response.send('user'));
    users.get('/:id/orders/:order', auth, (_request, response) => void response.send('order'));
    return { app, users };
  }

  it('times a request by its pattern, its named middleware and its handler', async () => {
    const { metlog, sent } = await watch();
    const { app, users } = shop();
    app.use(auth);
    instrument(app, { metlog });
    app.use('/users', users);
    const url = await serve(app);
    expect(await get(`${url}/users/zebra/orders/zonk?token=1`)).toEqual({ status: 200, text: 'order' });

    const messages = await sent();
    expect(messages.map(nameOf).sort()).toEqual([
      'handler.GET /users/:id/orders/:order',
      'middleware.auth',
      'middleware.auth',
      'request.GET /users/:id/orders/:order',
    ]);
    const request = messages.find((message) => nameOf(message).startsWith('request.'))!;
    expect(request.metadata).toMatchObject({ method: 'GET', route: '/users/:id/orders/:order', status: 200 });
    expect(JSON.stringify(messages)).not.toMatch(/zebra|zonk|token/);
  });

  it('names routers by the patterns they are mounted at, wherever they are', async () => {
    const { metlog, timers } = await watch();
    const app = instrument(express(), { metlog });
    const { users } = shop();
    const tenants = express.Router({ mergeParams: true });
    tenants.use('/users', users);
    app.use('/a/:tenant', tenants);
    app.use(['/b', '/c'], tenants);
    app.use(/\/shop-\d+/, tenants);
    const admin = instrument(express(), { metlog });
    admin.get('/', (_request, response) => void response.send('admin'));
    app.use('/admin/:area', admin);
    app.get(['/x', '/y'], (_request, response) => void response.send('either'));
    const url = await serve(app);
    for (const path of ['/a/mozilla/users/1', '/b/users/1', '/shop-77/users/1', '/admin/north', '/y', '/none/at/all'])
      await get(url + path);
    expect((await timers()).filter((name) => name.startsWith('request.'))).toEqual([
      'request.GET',
      'request.GET /*/users/:id',
      'request.GET /a/:tenant/users/:id',
      'request.GET /admin/:area',
      expect.stringMatching(/^request\.GET \/(b|b,\/c)\/users\/:id$/),
      'request.GET /x|/y',
    ]);
  });

  it('sees what is added while it runs', async () => {
    const { metlog, timers } = await watch();
    const app = instrument(express(), { metlog });
    const { users } = shop();
    app.use('/users', users);
    const url = await serve(app);
    await get(`${url}/users/1`);
    users.get('/:id/late', (_request, response) => void response.send('late'));
    app.get('/later', (_request, response) => void response.send('later'));
    await get(`${url}/users/1/late`);
    await get(`${url}/later`);
    expect(await timers()).toContain('request.GET /users/:id/late');
    expect(await timers()).toContain('handler.GET /later');
  });

  it('sends what reaches an error handler once, with the route, and answers as without it', async () => {
    const { metlog, sent } = await watch();
    const app = instrument(express(), { metlog });
    const router = express.Router();
    router.get('/throw', () => {
      throw new RangeError('thrown');
    });
    router.get('/next', (_request, _response, next) => next(new TypeError('handed on')));
    router.get('/gone', (_request, _response, next) => next(Object.assign(new Error('no such user'), { status: 404 })));
    app.use('/api', router);
    app.use((error: Error, _request: Request, response: Response, next: NextFunction) => {
      if (error instanceof TypeError) response.status(503).send('handled');
      else next(error);
    });
    app.set('env', 'test'); // prints nothing
    const url = await serve(app);
    const statuses = [];
    for (const path of ['throw', 'next', 'gone']) statuses.push((await get(`${url}/api/${path}`)).status);
    expect(statuses).toEqual([500, 503, 404]);

    const exceptions = (await sent()).filter(({ type }) => type === 'exception');
    expect(exceptions.map(({ metadata }) => metadata)).toMatchObject([
      { route: '/api/throw', exception: { type: 'RangeError', mechanism: 'express', handled: true } },
      { route: '/api/next', exception: { type: 'TypeError', mechanism: 'express', handled: true } },
    ]);
    const failed = (await sent()).filter(({ metadata }) => metadata['error'] === true);
    expect(failed.map(nameOf).sort()).toEqual([
      'handler.GET /api/gone',
      'handler.GET /api/next',
      'handler.GET /api/throw',
    ]);
  });

  it('says that nobody handled what reached the end', async () => {
    const { metlog, sent } = await watch();
    const app = instrument(express(), { metlog });
    app.get('/', () => {
      throw new Error('nobody');
    });
    app.set('env', 'test');
    await get(await serve(app));
    const [exception] = (await sent()).filter(({ type }) => type === 'exception');
    expect(exception?.metadata['exception']).toMatchObject({ value: 'nobody', handled: false });
  });

  it('gives each message of interleaved requests the ids of its own', async () => {
    const { metlog, sent } = await watch();
    const app = instrument(express(), { metlog });
    let arrived = 0;
    let goOn = (): void => undefined;
    const both = new Promise<void>((resolve) => (goOn = resolve));
    app.get('/:id', async (request, response) => {
      metlog.incr('before', { metadata: { id: request.params['id'] } });
      if (++arrived === 2) goOn();
      await both;
      await new Promise((resolve) => setTimeout(resolve, 5));
      metlog.info('after', { metadata: { id: request.params['id'] } });
      response.send('ok');
    });
    const url = await serve(app);
    const trace = '0af7651916cd43dd8448eb211c80319c';
    await Promise.all([
      get(`${url}/1`, { headers: { 'x-request-id': 'one', traceparent: `00-${trace}-b7ad6b7169203331-01` } }),
      get(`${url}/2`),
    ]);
    metlog.incr('outside');
    const messages = await sent();
    const idsOf = (id: string): unknown[] =>
      messages.filter(({ metadata }) => metadata['id'] === id).map(({ metadata }) => metadata['request_id']);
    expect(idsOf('1')).toEqual(['one', 'one']);
    const [second, again] = idsOf('2');
    expect(second).toMatch(/^[0-9a-f-]{36}$/);
    expect(again).toBe(second);
    for (const { metadata } of messages) {
      if (metadata['request_id'] === 'one')
        expect(metadata).toMatchObject({ trace_id: trace, span_id: 'b7ad6b7169203331' });
      else expect(metadata).not.toHaveProperty('trace_id');
    }
    expect(messages.find((message) => nameOf(message) === 'outside')?.metadata).not.toHaveProperty('request_id');
    expect(
      messages
        .filter((message) => nameOf(message).startsWith('request.'))
        .map(({ metadata }) => metadata['request_id'])
        .sort(),
    ).toEqual([second, 'one'].sort());
  });

  it('wraps nothing at rate 0, and sends exceptions all the same', async () => {
    const { metlog, sent } = await watch();
    const app = instrument(express(), { metlog, rate: 0 });
    const handle = (_request: Request, response: Response): void => void response.send('ok');
    app.use(auth);
    app.get('/', handle);
    app.get('/no', () => {
      throw new Error('no');
    });
    app.set('env', 'test');
    const url = await serve(app);
    await get(url);
    await get(`${url}/no`);
    const stack = stackOf(app);
    expect(stack.some((layer) => layer.handle === auth)).toBe(true);
    expect(stack.some((layer) => layer.route?.stack[0]?.handle === handle)).toBe(true);
    expect((await sent()).map(({ type, metadata }) => [type, metadata['request_id']])).toEqual([
      ['exception', undefined],
    ]);
  });

  it('times a fraction of the requests, each whole, and says which', async () => {
    const { metlog, sent } = await watch();
    const app = instrument(express(), { metlog, rate: 0.5 });
    app.use(auth);
    app.get('/', (_request, response) => {
      metlog.incr('seen');
      response.send('ok');
    });
    const url = await serve(app);
    for (let n = 0; n < 40; n++) await get(url);
    const messages = await sent();
    const ids = (name: string): unknown[] =>
      messages.filter((message) => nameOf(message) === name).map(({ metadata }) => metadata['request_id']);
    const timed = ids('request.GET /');
    expect(timed.length).toBeGreaterThan(0);
    expect(timed.length).toBeLessThan(40);
    for (const name of ['middleware.auth', 'handler.GET /']) expect(ids(name)).toEqual(timed);
    expect(new Set(ids('seen')).size).toBe(40);
    expect(messages.filter(({ type }) => type === 'timer').every(({ metadata }) => metadata['rate'] === 0.5)).toBe(
      true,
    );
  });

  it("leaves to the client's configuration what is timed", async () => {
    const { metlog, timers } = await watch({ timers: { 'middleware.*': 0, 'handler.*': 0 } });
    const app = instrument(express(), { metlog });
    app.use(auth);
    app.get('/', (_request, response) => void response.send('ok'));
    await get(await serve(app));
    expect(await timers()).toEqual(['request.GET /']);
  });

  it('ends the timer of a request whose caller went away', async () => {
    const { metlog, sent } = await watch();
    const app = instrument(express(), { metlog });
    app.get('/slow', () => undefined);
    const url = await serve(app);
    await expect(fetch(`${url}/slow`, { signal: AbortSignal.timeout(50) })).rejects.toThrow();
    await expect
      .poll(async () => (await sent()).map(nameOf).sort())
      .toEqual(['handler.GET /slow', 'request.GET /slow']);
    expect((await sent()).find((message) => nameOf(message) === 'request.GET /slow')?.metadata).toMatchObject({
      aborted: true,
    });
  });

  it('leaves routers what they are to whoever looks at them', async () => {
    const { metlog } = await watch();
    const app = instrument(express(), { metlog });
    const { users } = shop();
    app.use('/users', users);
    await get(`${await serve(app)}/users/1`);
    expect(stackOf(app).some(({ handle }) => (handle as { stack?: unknown }).stack === users.stack)).toBe(true);
  });

  it('survives a router within itself, and a stack that others take from', async () => {
    const { metlog, timers } = await watch();
    const app = instrument(express(), { metlog });
    const tree = express.Router({ mergeParams: true });
    tree.get('/leaf', (_request, response) => void response.send('leaf'));
    tree.use('/:child', tree);
    app.use('/tree', tree);
    const url = await serve(app);
    expect((await get(`${url}/tree/a/b/leaf`)).text).toBe('leaf');
    stackOf(app).pop(); // whatever stood last
    app.get('/new', (_request, response) => void response.send('new'));
    expect((await get(`${url}/new`)).text).toBe('new');
    expect(await timers()).toContain('request.GET /new');
  });

  it('reads nothing of the address into a name, but for the letters that the application wrote', async () => {
    const { metlog, timers } = await watch();
    const app = instrument(express(), { metlog });
    const router = express.Router();
    router.get('/x', (_request, response) => void response.send('x'));
    app.use('/:from-:to', router);
    const other = express.Router();
    other.get('/x', (_request, response) => void response.send('x'));
    app.use('/Some/Where', other);
    const url = await serve(app);
    await get(`${url}/paris-rome/x`);
    await get(`${url}/sOmE/wHeRe/x`);
    const names = (await timers()).filter((name) => name.startsWith('request.'));
    expect(names.map((name) => name.toLowerCase())).toEqual([
      expect.stringMatching(/^request\.get \/(\*|:from-:to)\/x$/),
      'request.get /some/where/x',
    ]);
    expect(names.join()).not.toContain('sOmE');
  });

  it('survives errors that cannot be read, and sends one object for each request that it fails', async () => {
    const { metlog, sent } = await watch();
    const app = instrument(express(), { metlog });
    const shared = new Error('shared');
    const hostile = Object.defineProperty(new Error('hostile'), 'status', {
      get() {
        throw new Error('status');
      },
    });
    app.get('/shared', (_request, _response, next) => next(shared));
    app.get('/hostile', (_request, _response, next) => next(hostile));
    app.use(
      (_error: Error, _request: Request, response: Response, _next: NextFunction) => void response.sendStatus(500),
    );
    const url = await serve(app);
    for (const path of ['shared', 'shared', 'hostile']) expect((await get(`${url}/${path}`)).status).toBe(500);
    const values = (await sent())
      .filter(({ type }) => type === 'exception')
      .map(({ metadata }) => (metadata['exception'] as { value: string }).value);
    expect(values).toEqual(['shared', 'shared', 'hostile']);
  });

  it('ends a request once that is a HEAD, an OPTIONS, or answered before', async () => {
    const { metlog, timers } = await watch();
    const app = instrument(express(), { metlog });
    app.param('id', (_request, _response, next) => next());
    app.get('/:id', (_request, response) => void response.send('ok'));
    const url = await serve(app);
    for (const method of ['HEAD', 'OPTIONS']) await get(`${url}/1`, { method });
    expect(await timers()).toEqual(['handler.HEAD /:id', 'request.HEAD /:id', 'request.OPTIONS']);
  });
});
