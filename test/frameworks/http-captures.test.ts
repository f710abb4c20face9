import { once } from 'node:events';
import { channel } from 'node:diagnostics_channel';
import { Agent, request as httpRequest } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { instrument } from '../../src/bindings/express.ts';
import { httpClient } from '../../src/node/captures/http-client.ts';
import { httpServer } from '../../src/node/captures/http-server.ts';
import { freePort } from '../support/free-port.ts';
import { get, nameOf, onEnd, serve, settled, watch } from './support.ts';

describe('httpServer', () => {
  it('times what node:http answers, and gives it ids', async () => {
    const { metlog, sent } = await watch({ capture: [httpServer()] });
    const url = await serve(async (_request, response) => {
      await Promise.resolve();
      metlog.incr('seen');
      response.end('ok');
    });
    await get(`${url}/users/42`, { headers: { 'x-request-id': 'one' } });
    await get(`${url}/users/43`, { headers: { 'x-request-id': 'two' } });
    const messages = await sent();
    expect(messages.map((message) => [nameOf(message), message.metadata['request_id']])).toEqual([
      ['seen', 'one'],
      ['request.GET', 'one'],
      ['seen', 'two'],
      ['request.GET', 'two'],
    ]);
    expect(JSON.stringify(messages)).not.toContain('users');
  });

  it("names requests by Express's routes, and sends the errors that it catches", async () => {
    const { metlog, sent, timers } = await watch({ capture: [httpServer()] });
    const app = express();
    const router = express.Router({ mergeParams: true });
    router.get('/:id', (_request, response) => void response.send('ok'));
    router.all('/all/:id', (_request, response) => void response.send('ok'));
    router.post('/:id', () => {
      throw new RangeError('thrown');
    });
    const around = express.Router();
    around.use('/users', router);
    app.use('/tenant/:name', around);
    app.use(/\/shop-\d+/, router);
    app.use(
      (_error: Error, _request: Request, response: Response, _next: NextFunction) => void response.sendStatus(500),
    );
    const url = await serve(app);
    await get(`${url}/tenant/mozilla/users/1`);
    await get(`${url}/tenant/mozilla/users/all/2`);
    await get(`${url}/shop-1/5`);
    await get(`${url}/none`);
    expect((await get(`${url}/tenant/mozilla/users/1`, { method: 'POST' })).status).toBe(500);
    expect(await timers()).toEqual([
      'request.GET',
      'request.GET /*/:id',
      'request.GET /tenant/:name/users/:id',
      'request.GET /tenant/:name/users/all/:id',
      'request.POST /tenant/:name/users/:id',
    ]);
    const exceptions = (await sent()).filter(({ type }) => type === 'exception');
    expect(exceptions.map(({ metadata }) => metadata)).toMatchObject([
      { route: '/tenant/:name/users/:id', exception: { type: 'RangeError', handled: true } },
    ]);
    await metlog.close();
  });

  it("names requests by Fastify's routes, and sends the errors that it catches", async () => {
    const { sent, timers } = await watch({ capture: [httpServer()] });
    const app = fastify({ forceCloseConnections: true });
    app.get('/users/:id', async () => Promise.resolve('ok'));
    app.post('/users/:id', async () => Promise.reject(new RangeError('rejected')));
    onEnd(() => app.close());
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    await get(`${url}/users/1`);
    await get(`${url}/users/1`, { method: 'POST' });
    await expect.poll(timers).toEqual(['request.GET /users/:id', 'request.POST /users/:id']);
    const exceptions = (await sent()).filter(({ type }) => type === 'exception');
    expect(exceptions.map(({ metadata }) => metadata['exception'])).toMatchObject([{ type: 'RangeError' }]);
  });

  it('counts a request once that a binding times too', async () => {
    const { metlog, timers } = await watch({ capture: [httpServer()] });
    const app = instrument(express(), { metlog });
    app.get('/:id', (_request, response) => void response.send('ok'));
    await get(`${await serve(app)}/1`);
    expect(await timers()).toEqual(['handler.GET /:id', 'request.GET /:id']);
  });

  it('gives interleaved requests on connections that are kept the ids of their own', async () => {
    const { metlog, sent } = await watch({ capture: [httpServer()] });
    const url = await serve(async (request, response) => {
      const id = String(request.headers['x-request-id']);
      await new Promise((resolve) => setTimeout(resolve, Number(id) % 7));
      metlog.incr('seen', { metadata: { id } });
      response.end('ok');
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 3 });
    const ask = async (id: number): Promise<void> => {
      const outgoing = httpRequest(url, { agent, headers: { 'x-request-id': String(id) } }).end();
      const [answer] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream];
      answer.resume();
      await once(answer, 'end');
    };
    await Promise.all(Array.from({ length: 60 }, (_, id) => ask(id)));
    await settled();
    agent.destroy();
    const messages = await sent();
    const seen = messages.filter((message) => nameOf(message) === 'seen').map(({ metadata }) => metadata);
    expect(seen).toHaveLength(60);
    for (const { id, request_id: requestId } of seen) expect(requestId).toBe(id);
    const timed = messages.filter((message) => nameOf(message) === 'request.GET');
    expect(new Set(timed.map(({ metadata }) => metadata['request_id'])).size).toBe(60);
  });

  it('keeps from the application what it cannot read of what is published', async () => {
    const { metlog } = await watch({ capture: [httpServer(), httpClient()] });
    for (const name of ['http.server.request.start', 'tracing:express.router.request:start', 'undici:request:create'])
      channel(name).publish({});
    await new Promise(setImmediate);
    expect(metlog.stats.accepted).toBe(0);
  });

  it('ends with the client, and does nothing at rate 0', async () => {
    const first = await watch({ capture: [httpServer()] });
    const second = await watch({ capture: [httpServer({ rate: 0 })] });
    const url = await serve((_request, response) => void response.end());
    first.metlog.setEnabled(false);
    await get(url);
    expect([...(await first.sent()), ...(await second.sent())]).toEqual([]);
  });
});

/** The address of a port where nobody listens. */
const closedPort = async (): Promise<string> => `http://127.0.0.1:${await freePort()}/`;

describe('httpClient', () => {
  it('has the ids of the request that it is sent for, whichever connection it takes', async () => {
    const { sent } = await watch({ capture: [httpServer(), httpClient()] });
    const inner = await serve((_request, response) => void setTimeout(() => response.end('inner'), 5));
    const outer = await serve(async (_request, response) => {
      response.end(await (await fetch(inner)).text());
    });
    for (const id of ['one', 'two']) await get(outer, { headers: { 'x-request-id': id } });
    const ids = (await sent())
      .filter((message) => nameOf(message) === `client.GET ${new URL(inner).host}`)
      .map(({ metadata }) => metadata['request_id']);
    expect(ids).toEqual(['one', 'two']);
  });

  it('times requests of node:http and fetch by method and host', async () => {
    const { sent } = await watch({ capture: [httpClient()] });
    const url = await serve((_request, response) => void response.writeHead(418).end('teapot'));
    const host = new URL(url).host;
    await get(`${url}/secret?token=1`);
    const outgoing = httpRequest(`${url}/secret`, { method: 'PUT' }).end();
    const [answer] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream];
    answer.resume();
    await once(outgoing, 'close');
    await settled();
    const messages = await sent();
    expect(messages.map((message) => [nameOf(message), message.metadata['status']])).toEqual([
      [`client.GET ${host}`, 418],
      [`client.PUT ${host}`, 418],
    ]);
    expect(JSON.stringify(messages)).not.toMatch(/secret|token/);
  });

  it('says that no answer came', async () => {
    const { sent } = await watch({ capture: [httpClient()] });
    const url = await closedPort();
    await expect(fetch(url)).rejects.toThrow();
    const outgoing = httpRequest(url).end();
    await once(outgoing, 'error');
    await expect
      .poll(async () => (await sent()).map(({ metadata }) => metadata))
      .toMatchObject([
        { host: new URL(url).host, error: true },
        { host: new URL(url).host, error: true },
      ]);
  });

  it("leaves the SDK's own requests out, and what changes nothing of a request", async () => {
    const taken: string[] = [];
    const url = await serve((request, response) => {
      request.on('data', (part: Buffer) => taken.push(part.toString()));
      request.on('end', () => response.end('{}'));
    });
    const { metlog } = await watch({ dest: `${url}/v1/messages`, capture: [httpClient()] });
    metlog.incr('seen');
    await metlog.flush();
    await metlog.flush();
    expect(taken.join('')).toContain('seen');
    expect(taken.join('')).not.toContain('client.POST');
    expect(metlog.stats).toMatchObject({ accepted: 1, sent: 1 });
  });
});
