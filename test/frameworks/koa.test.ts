import Koa from 'koa';
import Router from '@koa/router';
import { describe, expect, it } from 'vitest';
import { instrument } from '../../src/bindings/koa.ts';
import { get, nameOf, serve, watch } from './support.ts';

const quiet = (app: Koa): Koa => {
  app.silent = true;
  return app;
};

describe('Koa', () => {
  it('times a request by its pattern, its named middleware and its handler', async () => {
    const { metlog, timers, sent } = await watch();
    const app = new Koa();
    app.use(async function first(_context, next) {
      await next();
    });
    instrument(app, { metlog });
    app.use(async function auth(_context, next) {
      await Promise.resolve();
      await next();
    });
    const router = new Router({ prefix: '/users' });
    router.get(
      '/:id',
      async function check(_context, next) {
        await next();
      },
      (context) => {
        context.body = `user ${context.params['id']}`;
      },
    );
    app.use(router.routes());
    const url = await serve(app.callback());
    expect(await get(`${url}/users/42?x=1`)).toEqual({ status: 200, text: 'user 42' });
    router.get('/:id/late', (context) => {
      context.body = 'late';
    });
    expect((await get(`${url}/users/42/late`)).text).toBe('late');
    await get(`${url}/none`);
    expect([...new Set(await timers())]).toEqual([
      'handler.GET /users/:id',
      'handler.GET /users/:id/late',
      'middleware.auth',
      'middleware.check',
      'middleware.first',
      'request.GET',
      'request.GET /users/:id',
      'request.GET /users/:id/late',
    ]);
    const request = (await sent()).find((message) => nameOf(message) === 'request.GET /users/:id');
    expect(request?.metadata).toMatchObject({ method: 'GET', route: '/users/:id', status: 200 });
  });

  it('sends what reaches its error handling, or is emitted, but for the faults of callers', async () => {
    const { metlog, sent } = await watch();
    const app = instrument(quiet(new Koa()), { metlog });
    app.use(async (context, next) => {
      try {
        await next();
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        context.status = 503;
        context.app.emit('error', error, context);
      }
    });
    app.use((context) => {
      if (context.path === '/throw') throw new RangeError('thrown');
      if (context.path === '/handled') throw new TypeError('handled');
      context.throw(404);
    });
    const url = await serve(app.callback());
    const statuses = [];
    for (const path of ['throw', 'handled', 'gone']) statuses.push((await get(`${url}/${path}`)).status);
    expect(statuses).toEqual([500, 503, 404]);
    const exceptions = (await sent()).filter(({ type }) => type === 'exception');
    expect(exceptions.map(({ metadata }) => metadata['exception'])).toMatchObject([
      { type: 'RangeError', mechanism: 'koa' },
      { type: 'TypeError', mechanism: 'koa' },
    ]);
  });

  it.each([[undefined], [null], ['worker'], [{}]])('takes an emitted error with %j beside it', async (beside) => {
    const { metlog, sent } = await watch();
    const app = instrument(quiet(new Koa()), { metlog });
    app.on('error', () => undefined);
    app.emit('error', new RangeError('emitted'), beside);
    expect((await sent()).map(({ type }) => type)).toEqual(['exception']);
  });

  it('gives each message the ids of its own request', async () => {
    const { metlog, sent } = await watch();
    const app = instrument(new Koa(), { metlog });
    app.use(async (context) => {
      await new Promise((resolve) => setTimeout(resolve, context.path === '/1' ? 10 : 1));
      metlog.incr('seen', { metadata: { id: context.path } });
      context.body = 'ok';
    });
    const url = await serve(app.callback());
    await Promise.all(['1', '2'].map((id) => get(`${url}/${id}`, { headers: { 'x-request-id': id } })));
    const seen = (await sent()).filter(({ type }) => type === 'counter').map(({ metadata }) => metadata);
    expect(seen).toHaveLength(2);
    for (const { id, request_id: requestId } of seen) expect(id).toBe(`/${requestId as string}`);
  });

  it('wraps nothing at rate 0, and sends exceptions all the same', async () => {
    const { metlog, sent } = await watch();
    const app = instrument(quiet(new Koa()), { metlog, rate: 0 });
    app.use(function auth() {
      throw new Error('no');
    });
    expect(app.middleware).toHaveLength(1);
    await get(await serve(app.callback()));
    expect((await sent()).map(({ type }) => type)).toEqual(['exception']);
  });
});
