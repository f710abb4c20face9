import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { instrument } from '../../src/bindings/http.ts';
import { get, serve, watch } from './support.ts';

describe('node:http', () => {
  it('times requests by method, and by the pattern that the application names', async () => {
    const { metlog, timers } = await watch();
    const url = await serve(
      instrument((_request, response) => void response.end('ok'), {
        metlog,
        route: ({ url = '' }) => (url.startsWith('/users/') ? '/users/:id' : undefined),
      }),
    );
    await get(`${url}/users/42`);
    await get(`${url}/other/42`, { method: 'POST' });
    expect(await timers()).toEqual(['request.GET /users/:id', 'request.POST']);
  });

  it('sends what the listener throws, and throws it on', async () => {
    const { metlog, sent } = await watch();
    const failing = instrument(
      (_request, _response) => {
        throw new RangeError('thrown');
      },
      { metlog },
    );
    let thrown: unknown;
    const url = await serve((request, response) => {
      try {
        failing(request, response);
      } catch (error) {
        thrown = error;
        response.writeHead(500).end();
      }
    });
    await get(url);
    expect(thrown).toBeInstanceOf(RangeError);
    expect((await sent()).find(({ type }) => type === 'exception')?.metadata['exception']).toMatchObject({
      mechanism: 'http',
      handled: false,
    });
  });

  it('keeps the context of a request whose body is read by events', async () => {
    const { metlog, sent } = await watch();
    const url = await serve(
      instrument(
        (request, response) => {
          request.resume();
          void once(request, 'end').then(() => {
            metlog.incr('read');
            response.end();
          });
        },
        { metlog },
      ),
    );
    await get(url, { method: 'POST', body: 'x'.repeat(100_000), headers: { 'x-request-id': 'own id, which is none' } });
    await get(url, { method: 'POST', body: 'x', headers: { 'x-request-id': 'own-id' } });
    const ids = (await sent()).filter(({ type }) => type === 'counter').map(({ metadata }) => metadata['request_id']);
    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), 'own-id']);
  });

  it('survives a `route` that throws', async () => {
    const { metlog, timers } = await watch();
    const route = (): never => {
      throw new Error('route');
    };
    await get(await serve(instrument((_request, response) => void response.end(), { metlog, route })));
    expect(await timers()).toEqual(['request.GET']);
  });

  it('is the listener itself at rate 0', async () => {
    const { metlog } = await watch();
    const listener = (): void => undefined;
    expect(instrument(listener, { metlog, rate: 0 })).toBe(listener);
  });
});
