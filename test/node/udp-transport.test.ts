import { networkInterfaces } from 'node:os';
import { Socket } from 'node:dgram';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { withRetry } from '../../src/core/with-retry.ts';
import { createMetlog, type Metlog, type MetlogOptions, type Problem } from '../../src/node/index.ts';
import { createNodePlatform } from '../../src/node/platform.ts';
import { createUdpTransport } from '../../src/node/udp-transport.ts';
import { createManualPlatform, type Datagram, type Transport } from '../../src/testing/index.ts';
import { startUdpReceiver } from './udp-receiver.ts';

const endings: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function receive(options: { port?: number; host?: string } = {}) {
  const receiver = await startUdpReceiver(options);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await receiver.close();
    isOpen = false;
  };
  endings.push(close);
  return { ...receiver, messages: receiver.messages, close };
}

function connect(options: MetlogOptions): { metlog: Metlog; problems: Problem[] } {
  const problems: Problem[] = [];
  const metlog = createMetlog({ logger: 'shop', onError: (problem) => problems.push(problem), ...options });
  endings.push(() => metlog.close());
  return { metlog, problems };
}

function open(host: string, port: number): Transport {
  const transport = createUdpTransport({ host, port }, createNodePlatform());
  endings.push(() => transport.close());
  return transport;
}

const datagram = (text: string): Datagram => ({ seq: 0, count: 1, encode: () => text });
const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

describe('a UDP transport', () => {
  it('sends before it returns, so that an exit handler may use it', async () => {
    const { port, received } = await receive();
    const transport = open('127.0.0.1', port);
    void transport.send(datagram('one'));
    void transport.send(datagram('two'));
    expect(await received(2)).toEqual(['one', 'two']);
  });

  it('fills 16 KiB to a loopback address, and one Ethernet frame to any other', () => {
    expect(open('127.0.0.1', 5_565).datagramBytes).toBe(16_384);
    expect(open('127.8.8.8', 5_565).datagramBytes).toBe(16_384);
    expect(open('::1', 5_565).datagramBytes).toBe(16_384);
    expect(open('localhost', 5_565).datagramBytes).toBe(16_384);
    expect(open('192.0.2.1', 5_565).datagramBytes).toBe(1_432);
    expect(open('metlog.invalid', 5_565).datagramBytes).toBe(1_432);
    expect(
      createUdpTransport({ host: '127.0.0.1', port: 1, datagramBytes: 600 }, createManualPlatform()).datagramBytes,
    ).toBe(600);
  });

  it('says of what is longer than chunks may carry that it is too large', async () => {
    const transport = open('127.0.0.1', 5_565);
    const result = await transport.send(datagram('x'.repeat(transport.maxBytes + 1)));
    expect(result).toMatchObject({ status: 'refused', reason: 'too-large' });
  });

  it('carries 60,000 bytes in one datagram on this machine, and more in chunks of 16 KiB, up to 256 KiB', async () => {
    const { port, received, lengths } = await receive();
    const transport = open('127.0.0.1', port);
    expect(transport.maxBytes).toBe(262_144);
    const texts = [60_000, 60_001, 262_144].map((bytes) =>
      '€'.repeat(bytes / 3).padEnd(bytes - 2 * Math.floor(bytes / 3), 'x'),
    );
    for (const text of texts) expect(await transport.send(datagram(text))).toEqual({ status: 'sent' });
    expect(await received(3)).toEqual(texts);
    expect(lengths.slice(0, 5)).toEqual([60_000, 16_384, 16_384, 16_384, 60_001 - 3 * 16_370 + 14]);
    expect(Math.max(...lengths.slice(1))).toBe(16_384);
    expect(lengths).toHaveLength(1 + 4 + 17);
  });

  it('cuts what is longer than a frame to any other machine', async () => {
    const lengths: number[] = [];
    const send = vi
      .spyOn(Socket.prototype, 'send')
      .mockImplementation((bytes) => void lengths.push((bytes as Buffer).length));
    endings.push(() => Promise.resolve(send.mockRestore()));
    const transport = open('192.0.2.1', 5_565);
    for (const length of [1_432, 1_433]) void transport.send(datagram('x'.repeat(length)));
    expect(lengths).toEqual([1_432, 1_432, 1_433 - 1_418 + 14]);
  });

  it('tries a message of chunks again under another id, with what is signed anew', async () => {
    const { port, texts, close, lengths } = await receive();
    await close();
    const transport = withRetry(
      open('127.0.0.1', port),
      { maxAttempts: 2, baseMs: 250, maxMs: 250 },
      createNodePlatform(),
    );
    let attempts = 0;
    const sent = transport.send({ seq: 0, count: 1, encode: () => `${attempts++} ${'x'.repeat(100_000)}` });
    await expect.poll(() => attempts).toBe(1);
    const second = await receive({ port });
    expect(await sent).toEqual({ status: 'sent' });
    expect((await second.received(1))[0]).toMatch(/^1 x+$/);
    expect([texts, lengths]).toEqual([[], []]);
  });

  it.runIf(hasIpv6)('speaks IPv6', async () => {
    const { port, received } = await receive({ host: '::1' });
    expect(await open('::1', port).send(datagram('six'))).toEqual({ status: 'sent' });
    expect(await received(1)).toEqual(['six']);
  });

  it('says where nobody listens, for the datagram and for those sent with it', async () => {
    const { port, close } = await receive();
    await close();
    const transport = open('127.0.0.1', port);
    const results = await Promise.all(['a', 'b', 'c'].map((text) => transport.send(datagram(text))));
    for (const result of results) {
      expect(result).toEqual({
        status: 'retry',
        afterMs: 250,
        reason: 'unreachable',
        cause: `nobody listens at udp://127.0.0.1:${port}; is \`metlog serve\` running?`,
      });
    }
  });

  it('says so where there is no way to an address, and tries again with the next datagram', async () => {
    // The broadcast address wants a permission that nobody asked for.
    const transport = open('255.255.255.255', 5_565);
    for (const text of ['a', 'b']) {
      const results = await Promise.all([transport.send(datagram(text)), transport.send(datagram(text))]);
      for (const result of results)
        expect(result).toMatchObject({
          status: 'retry',
          reason: 'send-failed',
          cause: expect.stringContaining('EACCES') as string,
        });
    }
  });

  it('asks for a name several times, then says that it cannot be resolved', async () => {
    const platform = createManualPlatform();
    const transport = createUdpTransport({ host: 'does-not-exist.invalid', port: 5_565 }, platform);
    const sent = transport.send(datagram('a'));
    let isSettled = false;
    void sent.then(() => (isSettled = true));
    for (let lookups = 0; lookups < 5; lookups += 1) {
      await expect.poll(() => platform.timerCount).toBe(1); // it has asked, and pauses
      expect(isSettled).toBe(false);
      platform.advance(4_000);
    }
    expect(await sent).toMatchObject({
      status: 'refused',
      reason: 'unresolved',
      cause: expect.stringContaining('does-not-exist.invalid') as string,
    });
  });

  it('does not wait for a name any more once it is closed', async () => {
    const transport = createUdpTransport({ host: 'does-not-exist.invalid', port: 5_565 }, createManualPlatform());
    const sent = transport.send(datagram('a'));
    await transport.close();
    expect(await sent).toMatchObject({ status: 'refused', reason: 'unresolved' });
  });
});

describe('a client over UDP', () => {
  it('sends a refused datagram once more, then counts it unreachable and tells once', async () => {
    const { port, close } = await receive();
    await close();
    const { metlog, problems } = connect({ dest: `udp://127.0.0.1:${port}` });
    for (const name of ['a', 'b', 'c']) {
      metlog.incr(name);
      expect(await metlog.flush()).toBe(true);
    }
    expect(metlog.stats).toMatchObject({ accepted: 3, sent: 0, queued: 0, dropped: { unreachable: 3 } });
    expect(problems).toEqual([
      { reason: 'unreachable', message: `nobody listens at udp://127.0.0.1:${port}; is \`metlog serve\` running?` },
    ]);
  });

  it('loses not even the first datagram to a router that restarts', async () => {
    const first = await receive();
    const { metlog, problems } = connect({ dest: `udp://127.0.0.1:${first.port}` });
    metlog.incr('before');
    await metlog.flush();
    await first.close();
    metlog.incr('meanwhile');
    const flushed = metlog.flush();
    await new Promise((resolve) => setImmediate(resolve)); // refused by now, and waiting for its second attempt
    const second = await receive({ port: first.port });
    metlog.incr('after');
    expect(await flushed).toBe(true);
    expect(await metlog.flush()).toBe(true);
    expect((await second.receivedMessages(2)).map(({ metadata }) => metadata['name']).sort()).toEqual([
      'after',
      'meanwhile',
    ]);
    expect(metlog.stats).toMatchObject({ accepted: 3, sent: 3, dropped: {} });
    expect(problems).toEqual([]);
  });

  it('loses nothing to a router that was restarted while nothing was said', async () => {
    const first = await receive();
    const { metlog } = connect({ dest: `udp://127.0.0.1:${first.port}` });
    metlog.incr('before');
    await metlog.flush();
    await first.close();
    const second = await receive({ port: first.port });
    metlog.incr('after');
    await metlog.flush();
    expect((await second.receivedMessages(1))[0]?.metadata['name']).toBe('after');
    expect(metlog.stats.sent).toBe(2);
  });

  it('hands what waits for a name that does not resolve to the next destination', async () => {
    const { port, receivedMessages } = await receive();
    const { metlog } = connect({ dest: 'udp://does-not-exist.invalid:5565' });
    metlog.incr('a');
    metlog.error('first of all');
    expect(await metlog.flush(20)).toBe(false);
    metlog.setMetlogDest('127.0.0.1', port);
    metlog.incr('b');
    await metlog.flush();
    const messages = await receivedMessages(3);
    expect(messages.map(({ type, severity }) => [type, severity]).sort()).toEqual([
      ['counter', 6],
      ['counter', 6],
      ['log', 3],
    ]);
    expect(metlog.stats).toMatchObject({ accepted: 3, sent: 3, queued: 0, dropped: {} });
  });

  it('sends a message too long for a datagram in chunks, whole', async () => {
    const { port, receivedMessages } = await receive();
    const { metlog } = connect({ dest: `udp://127.0.0.1:${port}` });
    metlog.send('report', { payload: 'é'.repeat(100_000), metadata: { keep: 'this' } });
    expect(await metlog.flush()).toBe(true);
    expect((await receivedMessages(1))[0]).toMatchObject({ payload: 'é'.repeat(100_000), metadata: { keep: 'this' } });
  });

  it('sends a message too long for chunks shortened, and says so', async () => {
    const { port, receivedMessages } = await receive();
    const { metlog } = connect({ dest: `udp://127.0.0.1:${port}`, secret: 'shop:0123456789abcdef' });
    metlog.send('report', { payload: 'é'.repeat(200_000), metadata: { keep: 'this' } });
    expect(await metlog.flush()).toBe(true);
    const [message] = await receivedMessages(1);
    expect(message?.metadata).toEqual({ keep: 'this', truncated: ['payload'] });
    expect(message?.payload.length).toBeGreaterThan(60_000);
  });

  it('tells of a port that there is not, and counts what is said meanwhile', () => {
    const { metlog, problems } = connect({ dest: 'udp://127.0.0.1:0' });
    metlog.incr('a');
    expect(problems.map(({ reason }) => reason)).toEqual(['no-dest']);
    expect(metlog.stats).toMatchObject({ accepted: 1, queued: 0, dropped: { 'no-dest': 1 } });
  });

  it('opens no socket before the first message', () => {
    const before = process.getActiveResourcesInfo().length;
    connect({ dest: 'udp://127.0.0.1:9' });
    expect(process.getActiveResourcesInfo()).toHaveLength(before);
  });
});
