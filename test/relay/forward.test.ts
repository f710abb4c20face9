import { createHmac } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { decode } from '../../src/core/decode.ts';
import { createRelay, type Relay } from '../../src/relay/relay.ts';
import type { RelayRules } from '../../src/relay/relay-options.ts';
import { startUdpReceiver, type UdpReceiver } from '../node/udp-receiver.ts';
import { createTestIntake } from '../router/support/intake.ts';
import { headerLine, legacyMessage, messageLine } from '../router/support/lines.ts';
import { freePort } from '../support/free-port.ts';
import { MESSAGES_URL } from './support.ts';

const SECRET = 'the secret of the relay';

interface Forwarding {
  readonly receiver: UdpReceiver;
  readonly relay: Relay;
  readonly warnings: string[];
  post(text: string, query?: string, init?: RequestInit): Promise<Response>;
}

async function forwarding(rules: RelayRules & { readonly secret?: string } = {}): Promise<Forwarding> {
  const receiver = await startUdpReceiver();
  onTestFinished(() => receiver.close());
  const warnings: string[] = [];
  const relay = createRelay(
    { dest: `udp://127.0.0.1:${receiver.port}`, ...rules },
    { warn: (text) => warnings.push(text) },
  );
  onTestFinished(() => relay.close());
  return {
    receiver,
    relay,
    warnings,
    post: (body, query = '', init = {}) =>
      relay.fetch(new Request(MESSAGES_URL + query, { method: 'POST', body, ...init })),
  };
}

const now = (): string => new Date().toISOString();
const header = (fields: object = {}): string => headerLine({ sender: 'a', seq: 7, sent: now(), ...fields });
const line = (name: string, fields: object = {}): string => messageLine(name, { timestamp: now(), ...fields });
const text = (...lines: string[]): string => `${lines.join('\n')}\n`;

/** What a router makes of the datagrams: each line's number, and its name or why it was refused. */
function read(texts: readonly string[]): (readonly [seq: number | undefined, what: string])[] {
  return texts.flatMap((datagram) => {
    const decoded = decode(datagram, Date.now());
    if (!decoded.ok) return [[undefined, decoded.reason] as const];
    return decoded.batches.flatMap((batch) =>
      batch.lines.map((found, index) => {
        const { seq } = batch.header;
        const what =
          typeof found === 'string'
            ? String((JSON.parse(found) as { metadata: { name?: string } }).metadata.name)
            : found.refused;
        return [seq === undefined ? undefined : seq + index, what] as const;
      }),
    );
  });
}

describe('a relay with a UDP destination', () => {
  it("sends a body on with its sender, its numbers and the relay's own time", async () => {
    const { post, receiver, relay } = await forwarding();
    const response = await post(text(header({ hostname: 'h', pid: 3 }), line('one'), line('two')));
    expect([response.status, await response.json()]).toEqual([202, { accepted: 2, refused: [] }]);
    const [datagram = ''] = await receiver.received(1);
    expect(JSON.parse(datagram.split('\n')[0]!)).toEqual({
      metlog: 1,
      logger: 'shop',
      hostname: 'h',
      pid: 3,
      sender: 'a',
      seq: 7,
      sent: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
    expect(read([datagram])).toEqual([
      [7, 'one'],
      [8, 'two'],
    ]);
    expect(relay.stats()).toMatchObject({ accepted: 1, messages: { accepted: 2, refused: 0 } });
  });

  it('fills datagrams of at most 16 KiB, each with the number of its first line', async () => {
    const { post, receiver } = await forwarding();
    const names = Array.from({ length: 2_000 }, (_, index) => `n${index}`);
    expect((await post(text(header(), ...names.map((name) => line(name))))).status).toBe(202);
    await receiver.receivedMessages(2_000);
    expect(read(receiver.texts)).toEqual(names.map((name, index) => [7 + index, name]));
    expect(Math.max(...receiver.lengths)).toBeLessThanOrEqual(16_384);
    expect(receiver.lengths.length).toBeLessThan(25);
  });

  it('sends what is longer than a datagram in chunks, and refuses what is longer than those may carry', async () => {
    const { post, receiver } = await forwarding();
    const long = line('long', { payload: 'é'.repeat(60_000) });
    const tooLong = line('too long', { payload: 'x'.repeat(300_000) });
    const response = await post(text(header(), line('one'), tooLong, long, line('four')));
    expect(await response.json()).toEqual({ accepted: 3, refused: [{ line: 3, error: 'too-large' }] });
    await expect.poll(() => read(receiver.texts)).toHaveLength(4);
    expect(read(receiver.texts)).toEqual([
      [7, 'one'],
      [8, 'refused-by-relay'],
      [9, 'long'],
      [10, 'four'],
    ]);
  });

  it('keeps the number of what it refuses, so that a router misses nothing', async () => {
    const { post, receiver } = await forwarding();
    const lines = [line('one'), 'nonsense', line('three', { type: 'metlog.config' }), line('four')];
    const response = await post(text(header({ seq: 0 }), ...lines));
    expect(await response.json()).toEqual({
      accepted: 2,
      refused: [
        { line: 3, error: 'not-json' },
        { line: 4, error: 'not-allowed' },
      ],
    });
    const router = createTestIntake();
    for (const datagram of await receiver.received(1)) router.take(datagram);
    expect(router.stats).toMatchObject({ lines: 4, accepted: 2, duplicates: 0, refused: { 'refused-by-relay': 2 } });
  });

  it('holds each line against the loggers and types of the key', async () => {
    const { post, receiver } = await forwarding({ keys: { shop: { loggers: ['shop'], types: ['counter'] } } });
    const lines = [line('fine'), line('x', { logger: 'bank' }), line('y', { type: 'exception' })];
    expect(await (await post(text(header(), ...lines), '?key=shop')).json()).toMatchObject({ accepted: 1 });
    expect((await post(text(header(), line('z')))).status).toBe(403);
    expect((await post(`${text(header(), line('z'))}#${'A'.repeat(43)}\n`)).status).toBe(403); // nobody here verifies that
    expect(read(await receiver.received(1))).toEqual([
      [7, 'fine'],
      [8, 'refused-by-relay'],
      [9, 'refused-by-relay'],
    ]);
  });

  it('signs with a key of its own, and leaves out signatures that no longer hold', async () => {
    const { post, receiver } = await forwarding({ secret: `relay:${SECRET}` });
    const body = text(header({ key: 'backend' }), line('one'));
    expect(await (await post(`${body}#${'A'.repeat(43)}\n`)).json()).toEqual({ accepted: 1, refused: [] });
    const [datagram = ''] = await receiver.received(1);
    const signatureAt = datagram.lastIndexOf('#');
    const expected = createHmac('sha256', SECRET).update(datagram.slice(0, signatureAt)).digest('base64url');
    expect(datagram.slice(signatureAt)).toBe(`#${expected}\n`);
    expect(JSON.parse(datagram.split('\n')[0]!)).toMatchObject({ key: 'relay', seq: 7 });
  });

  it('shifts the timestamps of a page whose clock is off, once', async () => {
    const { post, receiver } = await forwarding();
    const stale = '2020-01-01T00:00:00.000Z';
    await post(text(header({ sent: stale }), line('old', { timestamp: stale })));
    const router = createTestIntake();
    router.platform.advance(Date.now() - router.platform.now());
    for (const datagram of await receiver.received(1)) router.take(datagram);
    const journaled = JSON.parse(router.journal().split('\n')[1]!) as {
      timestamp: string;
      metadata: Record<string, unknown>;
    };
    expect(Math.abs(Date.parse(journaled.timestamp) - Date.now())).toBeLessThan(60_000);
    expect(journaled.metadata['original_timestamp']).toBe(stale);
  });

  it("sends deployed clients' messages on, each below a header of its own", async () => {
    const { post, receiver } = await forwarding();
    const response = await post(`[${legacyMessage({ logger: 'a' })},${legacyMessage({ logger: 'b' })},5]`);
    expect(await response.json()).toEqual({ accepted: 2, refused: [{ line: 3, error: 'not-an-object' }] });
    const texts = await receiver.received(2);
    expect(texts.map((datagram) => (JSON.parse(datagram.split('\n')[0]!) as { logger: string }).logger)).toEqual([
      'a',
      'b',
    ]);
  });

  it('adds address and user agent where that is asked for, truncated, and nobody forges them', async () => {
    const { relay, receiver } = await forwarding({ addAddress: true, addUserAgent: true });
    const forged = line('x', {
      metadata: JSON.parse('{"client_address":"forged","user_agent":1,"__proto__":{"polluted":1}}') as object,
    });
    const request = new Request(MESSAGES_URL, {
      method: 'POST',
      body: text(header(), forged),
      headers: { 'user-agent': 'Browser/1.0' },
    });
    expect((await relay.fetch(request, { address: '192.0.2.77' })).status).toBe(202);
    const [datagram = ''] = await receiver.received(1);
    expect(datagram.split('\n')[1]).toContain(
      '"metadata":{"user_client_address":"forged","user_user_agent":1,"__proto__":{"polluted":1},"client_address":"192.0.2.0","user_agent":"Browser/1.0"}',
    );
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('answers 503 while nobody listens, and says so', async () => {
    const port = await freePort();
    const warnings: string[] = [];
    const relay = createRelay({ dest: `udp://127.0.0.1:${port}` }, { warn: (told) => warnings.push(told) });
    onTestFinished(() => relay.close());
    const post = (): Promise<Response> =>
      relay.fetch(new Request(MESSAGES_URL, { method: 'POST', body: text(header(), line('x')) }));
    const response = await post();
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await response.json()).toMatchObject({ code: 'unavailable' });
    expect(warnings[0]).toContain('nobody listens at udp://127.0.0.1');
    const receiver = await startUdpReceiver({ port });
    onTestFinished(() => receiver.close());
    await expect.poll(async () => (await post()).status).toBe(202);
    expect(relay.stats().refused.unavailable).toBeGreaterThan(0);
  });

  it('answers 503 where the host has no address', async () => {
    const warnings: string[] = [];
    const relay = createRelay({ dest: 'udp://nowhere.invalid:5565' }, { warn: (told) => warnings.push(told) });
    const response = await relay.fetch(new Request(MESSAGES_URL, { method: 'POST', body: text(header(), line('x')) }));
    expect(response.status).toBe(503);
    expect(warnings).toHaveLength(1);
    await relay.close();
  });

  it('sends to ::1 too', async () => {
    const receiver = await startUdpReceiver({ host: '::1' });
    onTestFinished(() => receiver.close());
    const relay = createRelay({ dest: `udp://[::1]:${receiver.port}` });
    onTestFinished(() => relay.close());
    const request = new Request(MESSAGES_URL, { method: 'POST', body: text(header(), line('x')) });
    expect((await relay.fetch(request)).status).toBe(202);
    expect(read(await receiver.received(1))).toEqual([[7, 'x']]);
  });
});

describe('a relay that adds metadata and hands bodies on', () => {
  it('writes them anew, with the numbers and reasons of refused lines', async () => {
    const { intake, journal } = createTestIntake();
    const relay = createRelay({
      deliver: (body, key) => intake.accept(body, 'http', key),
      addAddress: 'full',
    });
    const body = text(headerLine({ sender: 'a', seq: 7 }), messageLine('one'), '{', messageLine('three'));
    const response = await relay.fetch(new Request(MESSAGES_URL, { method: 'POST', body }), { address: '192.0.2.77' });
    expect(await response.json()).toEqual({ accepted: 2, refused: [{ line: 3, error: 'not-json' }] });
    expect(journal().match(/"client_address":"192\.0\.2\.77"/g)).toHaveLength(2);
    expect(journal().match(/"seq":\d+/g)).toEqual(['"seq":7', '"seq":9']);
  });
});
