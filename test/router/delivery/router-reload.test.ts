import { createSocket } from 'node:dgram';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Router, RouterConfig, SinkFactory } from '../../../src/router/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { datagram, headerLine, messageLine } from '../support/lines.ts';
import { testSink, type TestSink } from './delivery-bench.ts';

// The receiving thread is a file of its own only once the package is built, which `npm test` does first.
type Built = Pick<typeof import('../../../src/router/index.ts'), 'createRouter'>;
const built = '../../../dist/router.js';
const { createRouter } = (await import(built)) as Built;

async function start(config: RouterConfig): Promise<{ router: Router; config: RouterConfig; warnings: string[] }> {
  const warnings: string[] = [];
  const whole = { dataDir: await temporaryFolder(), udp: { port: 0 }, ...config };
  const router = await createRouter(whole, { warn: (text) => void warnings.push(text) });
  onTestFinished(() => router.close());
  return { router, config: whole, warnings };
}

/** Of a sink for which some writes wait when it is closed, each of 500 messages. */
const WRITE_MS = 100;
const WAITING = 10_000;

interface Load {
  /** Messages sent so far. */
  readonly count: number;
  /** Resolves once the last datagram is with the kernel. */
  stop(): Promise<void>;
}

/** Sends without a pause until it is stopped. */
function startLoad({ address }: Router): Load {
  const socket = createSocket('udp4');
  let seq = 0;
  const timer = setInterval(() => {
    for (let i = 0; i < 3; i++) {
      socket.send(datagram('load', seq, 20), address.port, address.host);
      seq += 20;
    }
  }, 2);
  return {
    get count() {
      return seq;
    },
    async stop() {
      clearInterval(timer);
      await new Promise<void>((sent) => socket.send(datagram('last', 0, 1), address.port, address.host, () => sent()));
      await new Promise<void>((closed) => socket.close(closed));
    },
  };
}

const seqs = ({ messages }: TestSink): number[] =>
  messages.flatMap(({ sender, seq }) => (sender === 'load' && seq !== undefined ? [seq] : []));
const reaches = async (load: Load, count: number): Promise<unknown> =>
  expect.poll(() => load.count).toBeGreaterThan(count);

describe('a router with sinks', () => {
  it('delivers what its routes name, and counts the rest', async () => {
    const one = testSink('one');
    const { router } = await start({
      sinks: { one: one.factory },
      routes: [{ match: { type: 'counter' }, to: ['one'] }],
    });
    const body = [headerLine({ sender: 's', seq: 7 }), messageLine('x'), messageLine('y', { type: 'log' }), ''];
    await router.accept(Buffer.from(body.join('\n')), 'http');
    await expect.poll(() => one.messages.length).toBe(1);
    expect(one.messages[0]).toMatchObject({ metadata: { name: 'x' }, via: 'http', sender: 's', seq: 7, offset: 0 });
    expect(await router.stats()).toMatchObject({ unmatched: 1, sinks: { one: { routed: 1, delivered: 1 } } });
  });

  it('delivers under load through reloads, good and bad, and loses and doubles nothing', async () => {
    const [one, two] = [testSink('one'), testSink('two')];
    const { router, config } = await start({ sinks: { one: one.factory }, routes: [{ match: {}, to: ['one'] }] });
    const load = startLoad(router);
    for (let round = 1; round <= 4; round++) {
      await reaches(load, round * 2_000);
      await router.reload({
        ...config,
        sinks: round % 2 === 1 ? { one: one.factory, two: two.factory } : { one: one.factory },
        routes: [{ match: {}, to: round % 2 === 1 ? ['one', 'two'] : ['one'] }],
      });
      await expect(router.reload({ ...config, routes: [{ match: {}, to: ['nobody'] }] })).rejects.toMatchObject({
        name: 'ConfigError',
      });
      await expect(router.reload({ ...config, udp: { port: 1 } })).rejects.toMatchObject({
        message: 'udp cannot change while the router runs: restart it',
      });
    }
    await load.stop();
    await router.close();
    const { accepted, sinks, socketDrops } = await router.stats();
    expect(seqs(one)).toHaveLength(accepted - 1);
    expect(new Set(seqs(one)).size).toBe(accepted - 1);
    expect(accepted + (socketDrops ?? 0)).toBeGreaterThanOrEqual(load.count);
    expect(sinks['one']).toMatchObject({ routed: accepted, delivered: accepted, waiting: 0, expired: 0 });
    const second = seqs(two);
    expect(second.length).toBeGreaterThan(0);
    expect(second).toEqual([...new Set(second)]);
    expect(second.length).toBeLessThan(accepted);
  });

  it('delivers before it ends what came at the last moment, and the rest at the next start', async () => {
    const one = testSink('one');
    const { router, config } = await start({ sinks: { one: one.factory }, routes: [{ match: {}, to: ['one'] }] });
    const load = startLoad(router);
    await reaches(load, 2_000);
    await load.stop();
    await router.close();
    const { accepted } = await router.stats();
    expect(one.messages).toHaveLength(accepted);

    one.isDown = true;
    const second = await createRouter({ ...config, closeDeadlineMs: 500 }, { warn: () => undefined });
    await second.accept(Buffer.from(datagram('more', 0, 10)), 'http');
    await second.close();
    one.isDown = false;
    const third = await createRouter(config, { warn: () => undefined });
    onTestFinished(() => third.close());
    await expect.poll(() => one.messages.length).toBe(accepted + 10);
    await expect.poll(async () => (await third.stats()).sinks['one']).toMatchObject({ routed: 10, delivered: 10 });
  });

  it('delivers before it ends what waits for a sink that is slower than what came', async () => {
    const one = testSink('one');
    const slow: SinkFactory = async (context) => {
      const sink = await one.factory(context);
      return {
        ...sink,
        write: (batch, signal) => delay(WRITE_MS, undefined, { signal }).then(() => sink.write(batch, signal)),
      };
    };
    const { router } = await start({ sinks: { slow }, routes: [{ match: {}, to: ['slow'] }] });
    for (let seq = 0; seq < WAITING; seq += 500) await router.accept(Buffer.from(datagram('a', seq, 500)), 'http');
    await expect.poll(async () => (await router.stats()).sinks['slow']?.routed).toBe(WAITING);
    await router.close();
    expect(one.messages).toHaveLength(WAITING);
    expect((await router.stats()).sinks['slow']).toMatchObject({ delivered: WAITING, waiting: 0, state: 'closed' });
  });

  it('hears of what is written only while it has sinks', async () => {
    const one = testSink('one');
    const { router, config } = await start({});
    await router.accept(Buffer.from(datagram('a', 0, 10)), 'http');
    await router.reload({ ...config, sinks: { one: one.factory }, routes: [{ match: {}, to: ['one'] }] });
    await router.accept(Buffer.from(datagram('a', 10, 10)), 'http');
    await expect.poll(() => one.messages.map(({ seq }) => seq)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    await router.reload(config);
    expect(one.calls.at(-1)).toBe('close');
    await router.accept(Buffer.from(datagram('a', 20, 10)), 'http');
    expect(await router.stats()).toMatchObject({ accepted: 30, sinks: {}, unmatched: 0 });
  });

  it('is closed after a sink that cannot be opened, and leaves the folder free', async () => {
    const dataDir = await temporaryFolder();
    const one = testSink('one');
    const broken = (): never => {
      throw new Error('no such host');
    };
    const routes = [{ match: {}, to: ['one', 'two'] }];
    await expect(
      createRouter({ dataDir, udp: { port: 0 }, sinks: { one: one.factory, two: broken }, routes }),
    ).rejects.toThrow('no such host');
    expect(one.calls).toEqual(['made', 'close']);
    await start({ dataDir });
  });
});
