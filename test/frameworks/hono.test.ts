import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { describe, expect, it } from 'vitest';
import { instrument } from '../../src/bindings/hono.ts';
import { get, nameOf, serve, watch } from './support.ts';

const start = (app: Hono): Promise<string> => {
  const listener = getRequestListener(app.fetch);
  return serve((request, response) => void listener(request, response));
};

describe('Hono', () => {
  it('times a request by its pattern, its named middleware and its handler', async () => {
    const { metlog, timers, sent } = await watch();
    const app = instrument(new Hono(), { metlog });
    app.use(async function auth(_context, next) {
      await next();
    });
    const users = new Hono();
    users.onError((_error, context) => context.text('sorry', 500));
    users.get(
      '/:id',
      async function check(_context, next) {
        await next();
      },
      (context) => context.text(`user ${context.req.param('id')}`),
    );
    app.route('/users', users);
    const url = await start(app);
    expect(await get(`${url}/users/42?x=1`)).toEqual({ status: 200, text: 'user 42' });
    await get(`${url}/none`);
    expect([...new Set(await timers())]).toEqual([
      'handler.GET /users/:id',
      'middleware.auth',
      'middleware.check',
      'request.GET',
      'request.GET /users/:id',
    ]);
    const request = (await sent()).find((message) => nameOf(message) === 'request.GET /users/:id');
    expect(request?.metadata).toMatchObject({ method: 'GET', route: '/users/:id', status: 200 });
  });

  it('times a request where there is no socket', async () => {
    const { metlog, timers } = await watch();
    const app = instrument(new Hono(), { metlog });
    app.get('/a/:b', (context) => context.text('ok'));
    expect((await app.request('/a/1')).status).toBe(200);
    expect(await timers()).toEqual(['handler.GET /a/:b', 'request.GET /a/:b']);
  });

  it.each([undefined, 0])(
    'sends what its error handler answers, but for the faults of callers (rate %s)',
    async (rate) => {
      const { metlog, sent } = await watch();
      const app = instrument(new Hono(), { metlog, rate });
      app.get('/throw', () => {
        throw new RangeError('thrown');
      });
      app.get('/gone', () => {
        throw new HTTPException(410);
      });
      app.onError((error, context) =>
        error instanceof HTTPException ? error.getResponse() : context.text('sorry', 500),
      );
      const url = await start(app);
      const statuses = [];
      for (const path of ['throw', 'gone']) statuses.push((await get(`${url}/${path}`)).status);
      expect(statuses).toEqual([500, 410]);
      const messages = await sent();
      const exceptions = messages.filter(({ type }) => type === 'exception');
      expect(exceptions.map(({ metadata }) => metadata['exception'])).toMatchObject([
        { type: 'RangeError', mechanism: 'hono', handled: true },
      ]);
      if (rate === 0) expect(messages).toHaveLength(1);
    },
  );

  it('gives each message the ids of its own request', async () => {
    const { metlog, sent } = await watch();
    const app = instrument(new Hono(), { metlog });
    app.get('/:id', async (context) => {
      const id = context.req.param('id');
      await new Promise((resolve) => setTimeout(resolve, id === '1' ? 10 : 1));
      metlog.incr('seen', { metadata: { id } });
      return context.text('ok');
    });
    const url = await start(app);
    await Promise.all(['1', '2'].map((id) => get(`${url}/${id}`, { headers: { 'x-request-id': id } })));
    const seen = (await sent()).filter(({ type }) => type === 'counter').map(({ metadata }) => metadata);
    expect(seen).toHaveLength(2);
    for (const { id, request_id: requestId } of seen) expect(id).toBe(requestId);
  });
});
