import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Acceptance } from '../../src/relay/acceptance.ts';
import { createRelay, type Relay } from '../../src/relay/relay.ts';
import type { Deliver, RelayRules } from '../../src/relay/relay-options.ts';

const URL_HERE = 'http://127.0.0.1:5566/v1/messages';
const TAKEN: Acceptance = { accepted: 1, duplicates: 0, refused: [] };

interface Harness {
  readonly post: (body: string | Buffer | null, init?: RequestInit, query?: string) => Promise<Response>;
  /** What was handed on, as text. */
  readonly bodies: string[];
  readonly relay: Relay;
}

function relayWith(options: RelayRules & { readonly deliver?: Deliver } = {}): Harness {
  const bodies: string[] = [];
  const relay = createRelay({
    deliver: async (body) => {
      bodies.push(new TextDecoder().decode(body));
      return TAKEN;
    },
    ...options,
  });
  return {
    bodies,
    relay,
    post: (body, init = {}, query = '') =>
      relay.fetch(new Request(URL_HERE + query, { method: 'POST', body, ...init })),
  };
}

/** A body whose length no header tells. */
function streamed(chunkBytes: number, chunkCount: number): { init: RequestInit; pulledCount: () => number } {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (pulled === chunkCount) return controller.close();
      pulled++;
      controller.enqueue(new Uint8Array(chunkBytes).fill(97));
    },
  });
  return { init: { body, duplex: 'half' }, pulledCount: () => pulled };
}

describe('createRelay: bodies', () => {
  it('hands a body on byte by byte and answers 202 with the books', async () => {
    const { post, bodies } = relayWith();
    const response = await post('{"metlog":1}\n{"type":"é"}\n');
    expect(response.status).toBe(202);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ accepted: 1, refused: [] });
    expect(bodies).toEqual(['{"metlog":1}\n{"type":"é"}\n']);
  });

  it('names the refused lines of a body that was taken in part', async () => {
    const { post } = relayWith({
      deliver: async () => ({ accepted: 2, duplicates: 0, refused: [{ line: 3, error: 'bad-type' }] }),
    });
    const response = await post('x');
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ accepted: 2, refused: [{ line: 3, error: 'bad-type' }] });
  });

  it.each(['used', 'locked'])('answers 400 to a body that is %s already, and has it in its books', async (state) => {
    const { relay, bodies } = relayWith();
    const request = new Request(URL_HERE, { method: 'POST', body: 'x' });
    if (state === 'used') await request.text();
    else request.body?.getReader();
    const response = await relay.fetch(request);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'cut-off' });
    expect(bodies).toEqual([]);
    expect(relay.stats()).toMatchObject({ requests: 1, pending: 0, refused: { 'cut-off': 1 } });
  });

  it('answers 400 when no line was valid', async () => {
    const { post } = relayWith({
      deliver: async () => ({ accepted: 0, duplicates: 0, refused: [{ line: 1, error: 'no-header' }] }),
    });
    const response = await post('x');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'nothing-valid',
      accepted: 0,
      refused: [{ line: 1, error: 'no-header' }],
    });
  });

  it('lists at most 100 refused lines and says how many there were', async () => {
    const refused = Array.from({ length: 5_000 }, (_, index) => ({ line: index + 2, error: 'not-json' }));
    const { post } = relayWith({ deliver: async () => ({ accepted: 1, duplicates: 0, refused }) });
    const answer = (await (await post('x')).json()) as { refused: unknown[]; refusedCount: number };
    expect(answer.refused).toHaveLength(100);
    expect(answer.refusedCount).toBe(5_000);
  });

  it('passes on how many lines were refused, where it is told of the first only', async () => {
    const refused = [{ line: 2, error: 'not-json' }];
    const { post } = relayWith({ deliver: async () => ({ accepted: 1, duplicates: 0, refused, refusedCount: 7 }) });
    expect(await (await post('x')).json()).toEqual({ accepted: 1, refused, refusedCount: 7 });
  });

  it('takes a body of exactly maxBodyBytes and refuses one byte more', async () => {
    const { post, bodies } = relayWith({ limits: { maxBodyBytes: 10 } });
    expect((await post('a'.repeat(10))).status).toBe(202);
    const response = await post('a'.repeat(11));
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({
      error: 'a body may have 10 bytes, decompressed too; send smaller batches',
      code: 'too-large',
    });
    expect(bodies).toEqual(['a'.repeat(10)]);
  });

  it('stops reading a body of unknown length once it is too large', async () => {
    const { post, bodies } = relayWith({ limits: { maxBodyBytes: 1_000 } });
    const { init, pulledCount } = streamed(100, 1_000_000);
    expect((await post(null, init)).status).toBe(413);
    expect(pulledCount()).toBeLessThan(20);
    expect(bodies).toEqual([]);
  });

  it('takes a body in chunks', async () => {
    const { post, bodies } = relayWith({ limits: { maxBodyBytes: 1_000 } });
    expect((await post(null, streamed(100, 10).init)).status).toBe(202);
    expect(bodies).toEqual(['a'.repeat(1_000)]);
  });

  it('refuses a body whose stream breaks', async () => {
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('reset')) });
    const response = await relayWith().post(null, { body, duplex: 'half' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'cut-off' });
  });

  it('refuses an announced length that is too large without reading', async () => {
    const { post, bodies } = relayWith({ limits: { maxBodyBytes: 10 } });
    expect((await post('x', { headers: { 'content-length': '11' } })).status).toBe(413);
    expect(bodies).toEqual([]);
  });

  it('counts messages that had arrived before as accepted, so that a sender does not try again', async () => {
    const { post } = relayWith({ deliver: async () => ({ accepted: 0, duplicates: 3, refused: [] }) });
    const response = await post('x');
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ accepted: 3, refused: [] });
  });

  it('answers 400 with the reason when nothing of a body could be read', async () => {
    const { post } = relayWith({ deliver: async () => ({ rejected: 'no-header' }) });
    const response = await post('x');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'nothing-valid',
      accepted: 0,
      refused: [{ line: 1, error: 'no-header' }],
    });
  });

  it.each(['unsigned', 'bad-signature', 'stale'])('answers 403 to a body that is %s', async (reason) => {
    const { post } = relayWith({ deliver: async () => ({ rejected: reason }) });
    const response = await post('x');
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'bad-signature', refused: [{ line: 1, error: reason }] });
  });

  it.each([
    ['says so', async (): Promise<Acceptance> => ({ rejected: 'journal-failed' })],
    ['throws', () => Promise.reject(new Error('ENOSPC: /secret/path'))],
  ])('answers 503 with Retry-After, and without the cause, when the journal %s', async (_how, deliver) => {
    const { post } = relayWith({ deliver });
    const response = await post('x');
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.text()).not.toContain('secret');
  });

  it('answers other methods with 405 and what is allowed', async () => {
    const response = await relayWith().post(null, { method: 'GET' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST, OPTIONS');
  });
});

describe('createRelay: compressed bodies', () => {
  it.each([
    ['the query', '?encoding=gzip', {}],
    ['the header', '', { 'content-encoding': 'gzip' }],
  ])('decompresses what %s calls gzip', async (_where, query, headers) => {
    const { post, bodies } = relayWith();
    expect((await post(gzipSync('hello\n'), { headers }, query)).status).toBe(202);
    expect(bodies).toEqual(['hello\n']);
  });

  it('refuses a bomb: 1 KB that would become 1 MB', async () => {
    const { post, bodies } = relayWith({ limits: { maxBodyBytes: 100_000 } });
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    expect(bomb.byteLength).toBeLessThan(2_000);
    expect((await post(bomb, {}, '?encoding=gzip')).status).toBe(413);
    expect(bodies).toEqual([]);
  });

  it.each([
    ['no gzip at all', Buffer.from('hello')],
    ['gzip that is cut off', gzipSync('hello, hello, hello').subarray(0, 20)],
    ['nothing', Buffer.alloc(0)],
  ])('refuses %s', async (_what, body) => {
    const { post, bodies } = relayWith();
    const response = await post(body, {}, '?encoding=gzip');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'bad-gzip' });
    expect(bodies).toEqual([]);
  });

  it('refuses an encoding that it does not know', async () => {
    const response = await relayWith().post('x', {}, '?encoding=br');
    expect(response.status).toBe(415);
    expect(await response.json()).toEqual({
      error: 'the encoding that the query or a header names must be gzip or identity, or absent',
      code: 'bad-encoding',
    });
  });
});

describe('createRelay: origins', () => {
  const from = (origin: string): RequestInit => ({ headers: { origin, 'content-type': 'text/plain;charset=UTF-8' } });

  it.each(['http://localhost:3000', 'http://localhost', 'http://127.0.0.1:8080', 'null'])(
    'lets pages of %s send by default, with credentials, as a beacon carries them',
    async (origin) => {
      const response = await relayWith().post('x', from(origin));
      expect(response.status).toBe(202);
      expect(response.headers.get('access-control-allow-origin')).toBe(origin);
      expect(response.headers.get('access-control-allow-credentials')).toBe('true');
      expect(response.headers.get('vary')).toBe('origin');
    },
  );

  it.each([
    'https://evil.example',
    'http://localhost.evil.example:3000',
    'http://127.0.0.1.evil.example',
    'https://localhost:3000',
    'http://localhost:3000@evil.example',
  ])('refuses pages of %s, and lets them read that it does', async (origin) => {
    const { post, bodies, relay } = relayWith();
    const preflight = await post(null, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    });
    const response = await post('x', from(origin));
    expect([preflight.status, response.status]).toEqual([204, 403]);
    for (const { headers } of [preflight, response]) {
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.has('access-control-allow-credentials')).toBe(false);
    }
    expect(await response.json()).toMatchObject({ code: 'bad-origin' });
    expect(bodies).toEqual([]);
    expect(relay.stats()).toMatchObject({ requests: 2, preflights: 1, refused: { 'bad-origin': 1 } });
  });

  it.each(['wrong-path', 'wrong-host'] as const)('lets any page read that it is refused for a %s', (reason) => {
    const response = relayWith().relay.refuse(reason, 'a sentence');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('lets a page read how long it should wait for a relay that is shutting down', async () => {
    const { relay, post } = relayWith();
    await relay.close();
    const { headers } = await post('x', from('http://localhost:1'));
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-expose-headers')).toContain('retry-after');
  });

  it('lets pages of its own origin send, whatever is listed', async () => {
    expect((await relayWith({ origins: [] }).post('x', from('https://127.0.0.1:5566'))).status).toBe(202);
  });

  it('lets only those listed send once origins are given', async () => {
    const { post } = relayWith({ origins: ['https://shop.example'] });
    expect((await post('x', from('https://shop.example'))).status).toBe(202);
    expect((await post('x', from('https://shop.example:444'))).status).toBe(403);
    expect((await post('x', from('http://localhost:3000'))).status).toBe(403);
    expect((await post('x', from('null'))).status).toBe(403);
  });

  it('lets a refusal be read by the page that caused it', async () => {
    const response = await relayWith({ limits: { maxBodyBytes: 1 } }).post('xx', from('http://localhost:1'));
    expect(response.status).toBe(413);
    expect(response.headers.get('access-control-allow-origin')).toBe('http://localhost:1');
  });

  it('answers a preflight, for pages that send another content type', async () => {
    const headers = {
      origin: 'http://localhost:3000',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    const response = await relayWith().post(null, { method: 'OPTIONS', headers });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
    expect(response.headers.get('access-control-allow-methods')).toBe('POST');
    expect(response.headers.get('access-control-allow-headers')).toBe('content-type');
  });
});

describe('createRelay: options', () => {
  const deliver = async (): Promise<Acceptance> => TAKEN;
  it.each([
    ['origins', { deliver, origins: ['shop.example'] }, 'got shop.example'],
    ['origins with a path', { deliver, origins: ['https://shop.example/'] }, 'got https://shop.example/'],
    [
      'limits',
      { deliver, limits: { maxBodyBytes: 0 } },
      'limits.maxBodyBytes must be a whole number of at least 1, got 0',
    ],
    ['trustProxy', { deliver, trustProxy: -1 }, 'trustProxy must be a whole number of at least 0, got -1'],
    ['keys', { deliver, keys: { 'a b': {} } }, 'keys must be named by 1 to 64 letters, digits, _, - and ., got "a b"'],
    ['a key', { deliver, keys: { a: { burst: 1.5 } } }, 'keys.a.burst must be a whole number of at least 1, got 1.5'],
    [
      'dest',
      { dest: 'tcp://127.0.0.1' },
      'dest must be an address such as udp://127.0.0.1:5565, got "tcp://127.0.0.1"',
    ],
    ['secret', { dest: 'udp://127.0.0.1', secret: 'short' }, 'secret must be <key id>:<secret>'],
  ])('refuses wrong %s, and says what came', (_name, options, words) => {
    expect(() => createRelay(options)).toThrow(words);
  });
});
