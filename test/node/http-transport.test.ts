import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpTransport } from '../../src/core/http-transport.ts';
import { createHttpPoster } from '../../src/node/http-post.ts';
import { createMetlog } from '../../src/node/index.ts';
import { createNodePlatform } from '../../src/node/platform.ts';
import type { Datagram, SendResult, Transport } from '../../src/testing/index.ts';
import { startHttpReceiver } from './http-receiver.ts';

const endings: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const datagram: Datagram = { seq: 0, count: 3, encode: () => 'header\na\nb\nc\n' };

async function serve(answer?: (response: ServerResponse) => void, answerTimeoutMs?: number) {
  const server = await startHttpReceiver(answer && ((_request, response) => answer(response)));
  const transport: Transport = createHttpTransport(
    { url: `${server.origin}/v1/messages`, datagramBytes: 65_536, ...createHttpPoster(answerTimeoutMs) },
    createNodePlatform(),
  );
  endings.push(server.close, () => transport.close());
  return { server, transport };
}

async function resultOf(answer: (response: ServerResponse) => void): Promise<SendResult> {
  const { transport } = await serve(answer);
  return transport.send(datagram);
}

describe('an HTTP transport', () => {
  it('posts the datagram as plain text', async () => {
    const { server, transport } = await serve();
    expect(await transport.send(datagram)).toEqual({ status: 'sent', refusedCount: 0 });
    expect(server.requests).toEqual([
      { method: 'POST', path: '/v1/messages', contentType: 'text/plain; charset=utf-8', body: 'header\na\nb\nc\n' },
    ]);
  });

  it.each([
    ['{"accepted":1,"refused":[{"line":2,"error":"bad-type"},{"line":3,"error":"not-json"}]}', 2],
    ['{"accepted":0,"refused":[1,2,3,4,5]}', 3],
    ['{"accepted":1,"refused":[{"line":2,"error":"bad-type"}],"refusedCount":2}', 2],
    ['{"accepted":1,"refused":[{"line":2,"error":"bad-type"}],"refusedCount":-2}', 1],
    ['{"refused":"all"}', 0],
    ['thank you', 0],
    ['', 0],
    ['x'.repeat(500_000), 0],
  ])('counts what the other side refused by name: %.60s', async (body, refusedCount) => {
    expect(await resultOf((response) => void response.writeHead(202).end(body))).toEqual({
      status: 'sent',
      refusedCount,
    });
  });

  it.each([301, 400, 401, 403, 404, 413])('takes %i for a refusal for good', async (status) => {
    const result = await resultOf((response) => void response.writeHead(status).end());
    expect(result).toMatchObject({
      status: 'refused',
      reason: 'refused',
      cause: expect.stringContaining(`answered ${status}`) as string,
    });
  });

  it.each([408, 425, 429, 500, 502, 503])('tries again after %i', async (status) => {
    const result = await resultOf((response) => void response.writeHead(status).end());
    expect(result).toEqual({
      status: 'retry',
      reason: 'send-failed',
      cause: expect.stringContaining(`answered ${status}`) as string,
    });
  });

  it.each([
    ['7', 7_000],
    ['0', 0],
    ['99999999', 300_000],
    [new Date(0).toUTCString(), 0],
  ])('waits as Retry-After says: %s', async (retryAfter, afterMs) => {
    const result = await resultOf((response) => void response.writeHead(503, { 'retry-after': retryAfter }).end());
    expect(result).toMatchObject({ status: 'retry', afterMs });
  });

  it('reads a Retry-After that is a date, and overlooks one that is neither', async () => {
    const inTenSeconds = new Date(Date.now() + 10_000).toUTCString();
    const dated = await resultOf((response) => void response.writeHead(429, { 'retry-after': inTenSeconds }).end());
    expect(dated).toMatchObject({ status: 'retry' });
    expect(dated.status === 'retry' && dated.afterMs).toBeGreaterThan(5_000);
    const odd = await resultOf((response) => void response.writeHead(429, { 'retry-after': 'soon' }).end());
    expect(odd).not.toHaveProperty('afterMs');
  });

  it.each<[name: string, answer: (response: ServerResponse) => void]>([
    ['hangs up', (response) => void response.destroy()],
    [
      'hangs up within its answer',
      (response) => void response.writeHead(200, { 'content-length': 100 }).write('x', () => response.destroy()),
    ],
    ['does not answer', () => undefined],
    ['dribbles', (response) => void response.writeHead(200).write('x')],
  ])('tries again where the server %s', async (_, answer) => {
    const { transport } = await serve(answer, 150);
    expect(await transport.send(datagram)).toMatchObject({ status: 'retry', reason: 'unreachable' });
  });

  it('has many requests under way without a warning', async () => {
    const warnings: Error[] = [];
    const listener = (warning: Error): void => void warnings.push(warning);
    process.on('warning', listener);
    const { server, transport } = await serve();
    const results = await Promise.all(Array.from({ length: 64 }, () => transport.send(datagram)));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listener);
    expect(results.every(({ status }) => status === 'sent')).toBe(true);
    expect(server.requests).toHaveLength(64);
    expect(warnings).toEqual([]);
  });
});

describe('a client over HTTP', () => {
  it('sends to the path of its destination, and tries again what may yet succeed', async () => {
    const statuses = [503, 202];
    const { server } = await serve(
      (response) => void response.writeHead(statuses.shift() ?? 202, { 'retry-after': '0' }).end(),
    );
    const metlog = createMetlog({ dest: `${server.origin}/metlog`, logger: 'page' });
    endings.push(() => metlog.close());
    metlog.incr('a');
    expect(await metlog.flush()).toBe(true);
    expect(metlog.stats).toMatchObject({ accepted: 1, sent: 1, queued: 0, dropped: {} });
    expect(server.requests.map(({ path }) => path)).toEqual(['/metlog', '/metlog']);
    const senders = server.requests.map(({ body }) => /"sender":"([^"]+)","seq":0/.exec(body)?.[1]);
    expect(senders[0]).toBe(senders[1]); // so that the router takes one of them for a repeat
  });

  it('counts what the other side refuses', async () => {
    const { server } = await serve((response) => void response.writeHead(202).end('{"refused":[{"line":1}]}'));
    const metlog = createMetlog({ dest: server.origin, onError: () => undefined });
    endings.push(() => metlog.close());
    metlog.incr('a');
    metlog.incr('b');
    await metlog.flush();
    expect(metlog.stats).toMatchObject({ accepted: 2, sent: 1, dropped: { refused: 1 } });
  });

  it('settles what is under way when it is closed', async () => {
    const { server } = await serve(() => undefined);
    const metlog = createMetlog({ dest: server.origin, onError: () => undefined });
    metlog.incr('a');
    await metlog.close(50);
    expect(metlog.stats).toMatchObject({ accepted: 1, sent: 0, queued: 0 });
  });
});
