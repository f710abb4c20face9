import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Acceptance } from '../../src/relay/acceptance.ts';
import { relayHarness, TAKEN } from './support.ts';

const limits = { ratePerSecond: 2, burst: 3 };
const forwardedFor = (value: string): RequestInit => ({ headers: { 'x-forwarded-for': value } });
const times = async (count: number, ask: (index: number) => Promise<number>): Promise<number[]> => {
  const statuses: number[] = [];
  for (let index = 0; index < count; index++) statuses.push(await ask(index));
  return statuses;
};

describe('the rate', () => {
  it('takes a burst, then refuses with 429 until a token is there again', async () => {
    const { post, status, clock, relay } = relayHarness({ limits });
    expect(await times(3, () => status())).toEqual([202, 202, 202]);
    const response = await post();
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({ code: 'rate-limited' });
    clock.advance(500);
    expect(await times(2, () => status())).toEqual([202, 429]);
    clock.advance(60_000);
    expect(await times(4, () => status())).toEqual([202, 202, 202, 429]);
    expect(relay.stats()).toMatchObject({ requests: 10, accepted: 7, pending: 0, refused: { 'rate-limited': 3 } });
  });

  it("is each client's own, an IPv6 network of 64 bits being one client", async () => {
    const { status } = relayHarness({ limits });
    const ask = (address: string) => (): Promise<number> => status('', {}, { address });
    expect(await times(4, ask('192.0.2.1'))).toEqual([202, 202, 202, 429]);
    expect(await times(1, ask('::ffff:192.0.2.1'))).toEqual([429]); // the same, as a socket for both families has it
    expect(await times(1, ask('192.0.2.2'))).toEqual([202]);
    expect(await times(4, (index) => status('', {}, { address: `2001:db8:0:1::${index}` }))).toEqual([
      202, 202, 202, 429,
    ]);
    expect(await times(1, ask('2001:db8:0:2::1'))).toEqual([202]);
  });

  it('cannot be escaped by a forged X-Forwarded-For', async () => {
    const direct = relayHarness({ limits });
    expect(
      await times(4, (index) => direct.status('', forwardedFor(`10.0.0.${index}`), { address: '192.0.2.1' })),
    ).toEqual([202, 202, 202, 429]);
    const behindProxy = relayHarness({ limits, trustProxy: 1 });
    // The proxy writes what it sees behind what came.
    const forged = (index: number): RequestInit => forwardedFor(`10.0.0.${index}, 10.1.1.${index}, 198.51.100.7`);
    expect(await times(4, (index) => behindProxy.status('', forged(index), { address: '127.0.0.1' }))).toEqual([
      202, 202, 202, 429,
    ]);
  });

  it("takes the entry that the outermost proxy of one's own wrote", async () => {
    const { status } = relayHarness({ limits: { ratePerSecond: 1, burst: 1 }, trustProxy: 2 });
    const ask = (value: string): Promise<number> => status('', forwardedFor(value), { address: '127.0.0.1' });
    expect(await ask('198.51.100.7, 10.0.0.1')).toBe(202);
    expect(await ask('forged, 198.51.100.7, 10.0.0.2')).toBe(429);
    expect(await ask('198.51.100.8, 10.0.0.1')).toBe(202);
    expect(await ask('"><script>, 10.0.0.1')).toBe(202); // no address: the socket's
    expect(await ask('unknown, 10.0.0.1')).toBe(429);
  });

  it('is one for all where the server does not tell the address', async () => {
    const { status } = relayHarness({ limits });
    expect(await times(4, () => status())).toEqual([202, 202, 202, 429]);
  });
});

describe('bodies under way', () => {
  function held(): { readonly deliver: () => Promise<Acceptance>; release(): void } {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    return { deliver: async () => released.then(() => TAKEN), release };
  }

  it('are bounded in number', async () => {
    const { deliver, release } = held();
    const { post, relay, refused } = relayHarness({ deliver, limits: { maxBodies: 2 } });
    const two = [post(), post()];
    const third = await post();
    expect([third.status, third.headers.get('retry-after')]).toEqual([503, '1']);
    expect(relay.stats()).toMatchObject({ requests: 3, pending: 2 });
    release();
    expect((await Promise.all(two)).map(({ status }) => status)).toEqual([202, 202]);
    expect((await post()).status).toBe(202);
    expect(refused()).toEqual({ busy: 1 });
  });

  it('are bounded for each client, so that slow ones of one leave room for the others', async () => {
    const { deliver, release } = held();
    const { post, status, refused } = relayHarness({ deliver, limits: { maxBodies: 8 } });
    const from = (address: string) => ['', {}, { address }] as const;
    const own = [post(...from('192.0.2.1')), post(...from('192.0.2.1'))];
    expect(await status(...from('192.0.2.1'))).toBe(503);
    const other = post(...from('192.0.2.2'));
    release();
    expect((await Promise.all([...own, other])).map((response) => response.status)).toEqual([202, 202, 202]);
    expect(await status(...from('192.0.2.1'))).toBe(202);
    expect(refused()).toEqual({ busy: 1 });
  });

  it('are bounded in bytes, compressed and not', async () => {
    const { deliver, release } = held();
    const { post, status, refused } = relayHarness({ deliver, limits: { maxHeldBytes: 1_000 } });
    const first = post('', { body: 'a'.repeat(900) });
    expect(await status('', { body: 'a'.repeat(200) })).toBe(503);
    expect(await status('?encoding=gzip', { body: gzipSync('a'.repeat(200)) })).toBe(503);
    release();
    expect((await first).status).toBe(202);
    expect(await status('', { body: 'a'.repeat(200) })).toBe(202);
    expect(refused()).toEqual({ busy: 2 });
  });

  it('are cut off when they do not arrive in time, however they dribble', async () => {
    const { post, clock, refused, bodies } = relayHarness({ limits: { bodyTimeoutMs: 5_000 } });
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        clock.advance(1_000);
        controller.enqueue(new Uint8Array(1));
      },
      cancel: () => void (isCancelled = true),
    });
    const response = await post('', { body, duplex: 'half' });
    expect(response.status).toBe(408);
    expect(await response.json()).toMatchObject({ code: 'too-slow' });
    expect(isCancelled).toBe(true);
    expect(clock.timerCount).toBe(0);
    expect([bodies, refused()]).toEqual([[], { 'too-slow': 1 }]);
  });

  it('that say nothing at all are cut off too', async () => {
    const { post, clock } = relayHarness();
    const answer = post('', { body: new ReadableStream({ pull: () => new Promise(() => undefined) }), duplex: 'half' });
    await clock.settle();
    clock.advance(20_000);
    expect((await answer).status).toBe(408);
  });
});

describe('lines', () => {
  const HEADER = '{"metlog":1,"logger":"shop"}';

  it('refuses a million tiny ones without handing them on', async () => {
    const { post, bodies, refused } = relayHarness();
    const response = await post('', { body: '\n'.repeat(1_000_000) });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'too-many-lines' });
    expect([bodies, refused()]).toEqual([[], { 'too-many-lines': 1 }]);
  });

  it('takes as many as may be', async () => {
    const { status } = relayHarness();
    expect(await status('', { body: `${HEADER}\n${'1\n'.repeat(16_383)}` })).toBe(202);
    expect(await status('', { body: `${HEADER}\n${'1\n'.repeat(16_384)}` })).toBe(413);
  });

  it('puts a refusal in the place of one that is too long, and names it', async () => {
    const { post, bodies } = relayHarness({
      limits: { maxLineBytes: 40 },
      deliver: async (body) => {
        bodies.push(new TextDecoder().decode(body));
        return { accepted: 2, duplicates: 0, refused: [{ line: 3, error: 'refused-by-relay' }] };
      },
    });
    const response = await post('', { body: `${HEADER}\n{"type":"a"}\n{"type":"${'é'.repeat(20)}"}\n{"type":"b"}` });
    expect(await response.json()).toEqual({ accepted: 2, refused: [{ line: 3, error: 'too-large' }] });
    expect(bodies).toEqual([`${HEADER}\n{"type":"a"}\n{"refused":"too-large"}\n{"type":"b"}`]);
  });
});

it('keeps a book in which each request is in one place', async () => {
  const { relay, post } = relayHarness({
    limits,
    deliver: async () => ({ accepted: 2, duplicates: 1, refused: [{ line: 3, error: 'bad-type' }] }),
  });
  await post();
  await post('?encoding=br');
  await post('', { method: 'GET', body: null });
  await post('', { method: 'OPTIONS', body: null });
  await post('', { headers: { origin: 'https://evil.example' } });
  relay.refuse('wrong-path', 'there is nothing here');
  const { requests, accepted, preflights, pending, refused, messages } = relay.stats();
  expect([requests, accepted, preflights, pending]).toEqual([6, 1, 1, 0]);
  expect(Object.values(refused).reduce((sum, count) => sum + count, 0)).toBe(4);
  expect(refused).toMatchObject({ 'bad-encoding': 1, 'bad-method': 1, 'bad-origin': 1, 'wrong-path': 1, busy: 0 });
  expect(messages).toEqual({ accepted: 3, refused: 1 });
});

it('refuses all once it is closed, after what was under way has ended', async () => {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const { relay, post, refused } = relayHarness({ deliver: async () => released.then(() => TAKEN) });
  const first = post();
  const closed = relay.close();
  expect((await post()).status).toBe(503);
  release();
  await closed;
  expect((await first).status).toBe(202);
  expect(refused()).toEqual({ closed: 1 });
});
