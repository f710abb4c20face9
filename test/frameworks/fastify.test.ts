import fastify, { type FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { instrument, type InstrumentOptions } from '../../src/bindings/fastify.ts';
import { get, nameOf, onEnd, settled, watch } from './support.ts';

async function listen(app: FastifyInstance): Promise<string> {
  onEnd(() => app.close());
  return app.listen({ port: 0, host: '127.0.0.1' });
}

const make = (options: InstrumentOptions): FastifyInstance =>
  instrument(fastify({ forceCloseConnections: true }), options);

// Awaits what it is asked by; the answer's last byte is seen by the server a little later than by the caller.
describe('Fastify', () => {
  it('times a request by its pattern, its named hooks and its handler', async () => {
    const { metlog, timers, sent } = await watch();
    const app = make({ metlog });
    app.addHook('onRequest', function auth(_request, _reply, done) {
      setImmediate(done);
    });
    app.addHook('preParsing', async function decrypt(_request, _reply, payload) {
      await Promise.resolve();
      return payload;
    });
    app.addHook('preHandler', (_request, _reply, done) => done());
    await app.register(
      async (users) => {
        await Promise.resolve();
        users.addHook('preValidation', async function within() {
          await Promise.resolve();
        });
        users.post('/:id', { preHandler: [async function check() {}] }, async (request) => ({ got: request.body }));
      },
      { prefix: '/users' },
    );
    const url = await listen(app);
    const answer = await get(`${url}/users/42?x=1`, {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(answer).toEqual({ status: 200, text: '{"got":{"a":1}}' });
    await expect
      .poll(timers)
      .toEqual([
        'handler.POST /users/:id',
        'middleware.auth',
        'middleware.check',
        'middleware.decrypt',
        'middleware.within',
        'request.POST /users/:id',
      ]);
    const request = (await sent()).find((message) => nameOf(message).startsWith('request.'))!;
    expect(request.metadata).toMatchObject({ method: 'POST', route: '/users/:id', status: 200 });
  });

  it('sends the errors that it answers, with their route, but for those of callers', async () => {
    const { metlog, sent } = await watch();
    const app = make({ metlog });
    app.get('/throw', () => {
      throw new RangeError('thrown');
    });
    app.get('/reject', async () => Promise.reject(new TypeError('rejected')));
    app.get('/gone', async () => Promise.reject(Object.assign(new Error('gone'), { statusCode: 410 })));
    const url = await listen(app);
    const statuses = [];
    for (const path of ['throw', 'reject', 'gone', 'none']) statuses.push((await get(`${url}/${path}`)).status);
    expect(statuses).toEqual([500, 500, 410, 404]);
    await expect
      .poll(async () => (await sent()).filter(({ type }) => type === 'exception').map(({ metadata }) => metadata))
      .toMatchObject([
        { route: '/throw', exception: { type: 'RangeError', mechanism: 'fastify' } },
        { route: '/reject', exception: { type: 'TypeError' } },
      ]);
  });

  it('gives each message the ids of its own request, also after a body was read', async () => {
    const { metlog, sent } = await watch();
    const app = make({ metlog });
    app.post('/:id', async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      metlog.incr('placed', { metadata: { id: (request.params as { id: string }).id, own: request.id } });
      return 'ok';
    });
    const url = await listen(app);
    const post = (id: string, traceparent: string): Promise<unknown> =>
      get(`${url}/${id}`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json', traceparent } });
    const traces = ['a'.repeat(32), 'b'.repeat(32)];
    await Promise.all([
      post('1', `00-${traces[0]}-b7ad6b7169203331-01`),
      post('2', `00-${traces[1]}-b7ad6b7169203331-01`),
    ]);
    await settled();
    const placed = (await sent()).filter(({ type }) => type === 'counter').map(({ metadata }) => metadata);
    for (const { id, own, request_id: requestId, trace_id: traceId } of placed) {
      expect(own).toMatch(/^req-/); // of each process anew
      expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(traceId).toBe(traces[Number(id) - 1]);
    }
    expect(placed).toHaveLength(2);
  });

  it("takes the application's own names of requests, and the caller's", async () => {
    const { metlog, sent } = await watch();
    const app = instrument(
      fastify({ forceCloseConnections: true, genReqId: ({ url }) => (url === '/own' ? 'order-7' : 'req-1') }),
      {
        metlog,
      },
    );
    for (const path of ['/own', '/callers']) app.get(path, async () => Promise.resolve(metlog.incr(path)));
    const url = await listen(app);
    for (const path of ['/own', '/callers']) await get(url + path, { headers: { 'x-request-id': 'c-1' } });
    const counters = (await sent()).filter(({ type }) => type === 'counter');
    expect(counters.map(({ metadata }) => metadata['request_id'])).toEqual(['order-7', 'c-1']);
  });

  it('wraps nothing at rate 0', async () => {
    const { metlog, sent } = await watch();
    const app = make({ metlog, rate: 0 });
    const handler = async (): Promise<string> => Promise.resolve('ok');
    let kept: unknown;
    app.addHook('onRoute', (route) => {
      kept = route.handler;
    });
    app.get('/', handler);
    await get(await listen(app));
    expect(kept).toBe(handler);
    expect(await sent()).toEqual([]);
  });
});
