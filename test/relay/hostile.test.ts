import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startHttpServer } from '../../src/cli/http-server.ts';
import { relayRoutes } from '../../src/cli/relay-routes.ts';
import type { RelayRules } from '../../src/relay/relay-options.ts';
import { headerLine, messageLine } from '../router/support/lines.ts';
import { BODY, relayToIntake } from './mounted/server.ts';

const MARKUP = '<script>alert(1)</script>';

interface Running extends ReturnType<typeof relayToIntake> {
  readonly port: number;
  readonly url: string;
  post(body: string | Uint8Array, query?: string, headers?: Record<string, string>): Promise<Response>;
  /** Reasons for which requests were refused so far, and how often. */
  refused(): Record<string, number>;
}

/** The HTTP side of `metlog relay`, on a real socket, before all that a router does with a body. */
async function running(rules: RelayRules = {}): Promise<Running> {
  const mounted = relayToIntake(rules);
  const routes = relayRoutes(mounted.relay, { isLocal: true, script: async () => null });
  const server = await startHttpServer('127.0.0.1', 0, routes);
  onTestFinished(() => server.close(0));
  const url = `http://127.0.0.1:${server.port}/v1/messages`;
  return {
    ...mounted,
    port: server.port,
    url,
    post: (body, query = '', headers = {}) => fetch(url + query, { method: 'POST', body, headers }),
    refused: () => Object.fromEntries(Object.entries(mounted.relay.stats().refused).filter(([, count]) => count > 0)),
  };
}

function opened(port: number): {
  readonly socket: Socket;
  readonly said: () => string;
  readonly closed: Promise<unknown>;
} {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (part: Buffer) => (text += part.toString('latin1')));
  socket.on('error', () => undefined); // it may be cut
  onTestFinished(() => void socket.destroy());
  return { socket, said: () => text, closed: once(socket, 'close') };
}

/** Sends bytes as they are; resolves to all that came back, once the other side has closed. */
async function raw(port: number, text: string): Promise<string> {
  const { socket, said, closed } = opened(port);
  socket.write(text, 'latin1');
  await closed;
  return said();
}

const request = (headers: readonly string[], body = '', line = 'POST /v1/messages'): string =>
  [`${line} HTTP/1.1`, ...headers, 'Connection: close', '', body].join('\r\n');

describe('requests that are refused', () => {
  it.each<[string, RequestInit & { query?: string; path?: string }, number, string]>([
    ['method', { method: 'PUT' }, 405, 'bad-method'],
    ['method that is none', { method: 'NONSENSE' }, 400, ''],
    ['path', { path: `/${MARKUP}` }, 404, 'wrong-path'],
    ['encoding', { query: `?encoding=${MARKUP}` }, 415, 'bad-encoding'],
    ['origin', { headers: { origin: `https://${MARKUP}` } }, 403, 'bad-origin'],
    ['key', { query: `?key=${MARKUP}` }, 403, 'bad-key'],
    ['gzip', { query: '?encoding=gzip&key=shop' }, 400, 'bad-gzip'],
    ['body', { query: '?key=shop', body: MARKUP }, 400, 'nothing-valid'],
    ['body that is empty', { query: '?key=shop', body: '' }, 400, 'nothing-valid'],
    ['size', { query: '?key=shop', body: 'x'.repeat(2 * 1024 ** 2) }, 413, 'too-large'],
  ])(
    'for their %s have the right status and one count, and no markup in the answer',
    async (_what, init, status, code) => {
      const { url, refused } = await running({ keys: { shop: {} } });
      const { query = '', path, ...rest } = init;
      const target = path === undefined ? url + query : url.replace('/v1/messages', path);
      const response = await fetch(target, { method: 'POST', body: BODY, ...rest });
      expect(response.status).toBe(status);
      expect(refused()).toEqual(code === '' ? {} : { [code]: 1 });
      const text = await response.text();
      expect(text.length).toBeLessThan(500);
      expect(text).not.toContain('<');
      if (code === '') return; // the parser's answer
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    },
  );

  it('for their host are too', async () => {
    const { port, refused } = await running();
    const answer = await raw(port, request(['Host: evil.example', 'Content-Length: 0']));
    expect(answer).toMatch(/^HTTP\/1\.1 421 /);
    expect(await raw(port, request(['Host: a.example', 'Host: 127.0.0.1', 'Content-Length: 0']))).toMatch(
      /^HTTP\/1\.1 4/,
    );
    expect(await raw(port, request(['Content-Length: 0']))).toMatch(/^HTTP\/1\.1 400 /);
    expect(refused()['wrong-host']).toBeGreaterThan(0);
  });

  it('for the logger and the types of all their lines are', async () => {
    const { post, stats, refused } = await running({ keys: { shop: { loggers: ['shop'], types: ['counter'] } } });
    const foreign = `${headerLine({ logger: 'bank' })}\n${messageLine()}\n`;
    const config = `${headerLine()}\n${messageLine('x', { type: 'metlog.config' })}\n`;
    for (const body of [foreign, config]) {
      const response = await post(body, '?key=shop');
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ refused: [{ line: 2, error: 'not-allowed' }] });
    }
    expect([stats.refused, refused()]).toEqual([{ 'not-allowed': 2 }, { 'nothing-valid': 2 }]);
  });
});

describe('answers', () => {
  const MARK = 'marker';
  const HOST = 'Host: 127.0.0.1';
  /** Headers that whoever answers may look at, and others. */
  const HEADERS = [
    `User-Agent: ${MARK}`,
    `X-Forwarded-For: ${MARK}`,
    `Content-Type: ${MARK}/${MARK}`,
    `Referer: http://${MARK}/`,
    `Cookie: ${MARK}=${MARK}`,
    `X-${MARK}: ${MARK}`,
  ];
  const from = (origin: string): string => `Origin: ${origin}`;
  const batch = (line: string, header: Record<string, unknown> = {}): string =>
    `${headerLine({ logger: MARK, sender: MARK, seq: 0, ...header })}\n${line}\n`;
  const message = messageLine(MARK, { type: MARK, metadata: { [MARK]: MARK, name: MARK } });

  const KEYED = `POST /v1/messages?key=shop&${MARK}=${MARK}`;
  it.each<[what: string, line: string, headers: readonly string[], body: string, status: number]>([
    ['path', `POST /v1/${MARK}?${MARK}`, [HOST], '', 404],
    ['path that is none', `POST //${MARK}:99999/%zz`, [HOST], '', 404],
    ['path of a script', `POST /metlog.js?${MARK}`, [HOST], '', 404],
    ['method', `PROPFIND /v1/messages?${MARK}`, [HOST], '', 405],
    ['method that is none', `${MARK} /v1/messages`, [HOST], '', 400],
    ['host', KEYED, [`Host: ${MARK}.example`], '', 421],
    ['host that is none', KEYED, [`Host: ${MARK}@/`], '', 400],
    ['origin', KEYED, [HOST, from(`https://${MARK}.example`)], '', 403],
    ['origin in a preflight', `OPTIONS /v1/messages?${MARK}`, [HOST, from(`https://${MARK}.example`)], '', 204],
    ['headers in a preflight', 'OPTIONS /v1/messages', [HOST, `Access-Control-Request-Headers: ${MARK}`], '', 204],
    ['key', `POST /v1/messages?key=${MARK}`, [HOST], '', 403],
    ['encoding', `${KEYED}&encoding=${MARK}`, [HOST], '', 415],
    ['encoding in a header', KEYED, [HOST, `Content-Encoding: ${MARK}`], '', 415],
    ['gzip that is none', `${KEYED}&encoding=gzip`, [HOST], MARK, 400],
    ['size', KEYED, [HOST], MARK.repeat(1_000), 413],
    ['body that is no JSON', KEYED, [HOST], `${MARK}\n${MARK}`, 400],
    ['header line', KEYED, [HOST], `{"metlog":1,"${MARK}":"${MARK}","logger":"${'x'.repeat(300)}${MARK}"}\n`, 400],
    ['version', KEYED, [HOST], `{"metlog":"${MARK}"}\n`, 400],
    ['logger and types', KEYED, [HOST], batch(message), 400],
    ['types and metadata', KEYED, [HOST], batch(message, { logger: 'shop' }), 400],
    ['types, in part', KEYED, [HOST], batch(`${message}\n${messageLine()}`, { logger: 'shop' }), 202],
    ['refusals', KEYED, [HOST], batch(`{"refused":"${MARK}"}`), 400],
    ['fields', KEYED, [HOST], batch(`{"type":"counter","severity":"${MARK}","${MARK}":1}`), 400],
    ['signature', KEYED, [HOST], `${batch(message, { key: MARK })}#${MARK.padEnd(43, 'A')}\n`, 403],
    ['messages that are taken', KEYED, [HOST], batch(messageLine(MARK), { logger: 'shop' }), 202],
  ])('repeat nothing of a request for its %s', async (_what, line, headers, body, status) => {
    const { port } = await running({
      keys: { shop: { loggers: ['shop'], types: ['counter'] } },
      limits: { maxBodyBytes: 5_000 },
      addUserAgent: true,
    });
    const length = `Content-Length: ${Buffer.byteLength(body)}`;
    const answer = await raw(port, request([...headers, ...HEADERS, length], body, line));
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    expect(answer.toLowerCase()).not.toContain(MARK);
  });

  it('repeat of a request no more than an origin that is allowed', async () => {
    const { port } = await running({ origins: [`https://${MARK}.example`] });
    const answer = await raw(port, request([HOST, from(`https://${MARK}.example`), 'Content-Length: 0']));
    expect(answer).toContain(`access-control-allow-origin: https://${MARK}.example\r\n`);
    expect(answer.split(MARK)).toHaveLength(2);
  });
});

describe('bodies', () => {
  it('that end too early are refused', async () => {
    const { port, relay, refused } = await running();
    const { socket, closed } = opened(port);
    socket.end(request(['Host: 127.0.0.1', 'Content-Length: 1000'], BODY));
    await closed;
    await expect.poll(() => relay.stats().pending).toBe(0);
    expect(refused()).toEqual({ 'cut-off': 1 });
  });

  it('that never end are answered 408, and their connection is cut', async () => {
    const { port, refused } = await running({ limits: { bodyTimeoutMs: 200 } });
    const { socket, said, closed } = opened(port);
    socket.write('POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n');
    const dribble = new AbortController();
    void (async () => {
      while (!dribble.signal.aborted) {
        if (socket.writable) socket.write('1\r\nx\r\n');
        await pause(20);
      }
    })();
    await closed;
    dribble.abort();
    expect(said()).toMatch(/^HTTP\/1\.1 408 /);
    expect(refused()).toEqual({ 'too-slow': 1 });
  });

  it('that say nothing are cut off too, and take no place from others meanwhile', async () => {
    const { port, post, refused, relay } = await running({ limits: { bodyTimeoutMs: 500, maxBodies: 20 } });
    const silent = Array.from({ length: 4 }, () => {
      const { socket, closed } = opened(port);
      socket.write('POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n');
      return closed;
    });
    await expect.poll(() => relay.stats().pending).toBe(4);
    expect((await post(BODY)).status).toBe(202);
    await Promise.all(silent);
    expect(refused()).toEqual({ 'too-slow': 4 });
  });

  it('that are too large are given up on as they come', async () => {
    const { port, refused } = await running({ limits: { maxBodyBytes: 100_000 } });
    const { socket, said, closed } = opened(port);
    socket.write('POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    while (said() === '' && socket.writable) {
      socket.write(chunk);
      await pause(1);
    }
    socket.destroy();
    await closed;
    expect(said()).toMatch(/^HTTP\/1\.1 413 /);
    expect(refused()).toEqual({ 'too-large': 1 });
  });

  it('of a million tiny lines, of bombs, and of single bytes take no memory to speak of', async () => {
    const { post, port, refused, relay } = await running({ limits: { maxHeldBytes: 4 * 1024 ** 2 } });
    expect((await post('1\n'.repeat(500_000))).status).toBe(413);
    const bomb = gzipSync(Buffer.alloc(100 * 1024 ** 2));
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 5);
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(bomb, '?encoding=gzip')));
    clearInterval(watch);
    expect(new Set(answers.map(({ status }) => status)).size).toBeGreaterThan(0);
    for (const { status } of answers) expect([413, 503]).toContain(status);
    expect(most - before).toBeLessThan(100 * 1024 ** 2); // of the 2 GiB that they would have become
    const { socket, closed } = opened(port);
    socket.write(
      'POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n',
    );
    socket.write(`${'1\r\nx\r\n'.repeat(100_000)}0\r\n\r\n`);
    await closed;
    const { 'nothing-valid': single, 'too-many-lines': lines, ...bombs } = refused();
    expect([single, lines]).toEqual([1, 1]);
    expect(Object.values(bombs).reduce((sum, count) => sum + count, 0)).toBe(20);
    expect(relay.stats().pending).toBe(0);
  });

  it('of JSON that is nested without end are refused line by line', async () => {
    const { post, stats } = await running();
    const deep = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);
    const lines = [
      `{"type":"x","metadata":{"a":${deep('[', ']', 100_000)}}}`,
      `{"type":"x","metadata":{"a":${deep('{"a":', '}', 1).replace(':}', ':1}')}}}`,
      deep('[', ']', 100_000),
      '['.repeat(200_000),
      '{"a":'.repeat(50_000),
    ];
    const response = await post([headerLine(), ...lines].join('\n'));
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({
      accepted: 1,
      refused: [
        { line: 2, error: 'too-deep' },
        { line: 4, error: 'not-an-object' },
        { line: 5, error: 'not-json' },
        { line: 6, error: 'not-json' },
      ],
    });
    expect(stats.accepted).toBe(1);
  });

  it('that reach for prototypes change none', async () => {
    const { post, journal } = await running({ addUserAgent: true });
    const lines = [
      '{"type":"x","__proto__":{"polluted":1},"metadata":{"__proto__":{"polluted":2},"constructor":{"prototype":{"polluted":3}}}}',
      '{"__proto__":{"type":"x"}}',
    ];
    const header = '{"metlog":1,"logger":"shop","__proto__":{"sender":"evil","seq":1},"constructor":1}';
    const response = await post([header, ...lines].join('\n'), '?__proto__=1&key=__proto__');
    expect(await response.json()).toMatchObject({ accepted: 1, refused: [{ line: 3, error: 'bad-type' }] });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(journal()).not.toContain('evil');
  });
});

describe('requests that hide another', () => {
  const hidden = 'POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n';

  it.each([
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked'], `0\r\n\r\n${hidden}`],
    ['two lengths', ['Content-Length: 0', `Content-Length: ${hidden.length}`], hidden],
    ['chunks that are not the last encoding', ['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${hidden}`],
    ['chunks by another name', ['Transfer-Encoding: xchunked'], `0\r\n\r\n${hidden}`],
    ['a space before the colon', ['Content-Length : 5'], hidden],
    ['a length with a sign', ['Content-Length: +5'], hidden],
    ['a chunk that is too long for its length', ['Transfer-Encoding: chunked'], `1\r\nxyz\r\n0\r\n\r\n${hidden}`],
    ['a bare line feed', ['X: a\nContent-Length: 5'], hidden],
  ])('by %s are refused whole', async (_how, headers, body) => {
    const { port, relay, stats, post } = await running();
    const answer = await raw(port, request(['Host: 127.0.0.1', ...headers], body));
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(relay.stats().accepted).toBe(0);
    expect(stats.accepted).toBe(0);
    expect((await post(BODY)).status).toBe(202); // and the next is served
  });
});
