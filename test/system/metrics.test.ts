import { describe, expect, it } from 'vitest';
import { readSocketDrops } from '../../src/router/socket-drops.ts';
import { startGraphite, type Graphite } from './servers/graphite.ts';
import { startStatsd } from './servers/statsd.ts';
import { wantParts } from './support/parts.ts';
import { startRouter } from './support/router.ts';
import { connectSdk } from './support/sdk.ts';

// SDK → router → statsd → Graphite: what a person reads in the end is what the application counted.

wantParts('statsd', 'carbon', 'graphite-web', 'gunicorn');

const METRICS = ['counter', 'timer', 'gauge'];

interface Line {
  readonly dest: string;
  readonly graphite: Graphite;
}

/** All of it, statsd flushing each `flushMs`. */
async function startLine(flushMs: number): Promise<Line> {
  const graphite = await startGraphite();
  const statsd = await startStatsd({ graphitePort: graphite.linePort, flushMs });
  const router = await startRouter({
    sinks: { statsd: { kind: 'statsd', host: '127.0.0.1', port: statsd.port } },
    routes: [{ match: { type: METRICS }, to: ['statsd'] }],
  });
  return { dest: router.udp, graphite };
}

/** All that Graphite shows of this series, added up: statsd writes a number for each flush. */
async function sumOf({ graphite }: Line, target: string): Promise<number> {
  const rendered = await graphite.render(target);
  return (rendered[target] ?? []).reduce((sum, value) => sum + value, 0);
}

async function lastOf({ graphite }: Line, target: string): Promise<number | undefined> {
  return (await graphite.render(target))[target]?.at(-1);
}

describe('/render', () => {
  it('returns counters as they were counted: plain, with a count, below one, scaled by their rate', async () => {
    const line = await startLine(1_000);
    const metlog = connectSdk({ dest: line.dest });
    for (let call = 0; call < 500; call++) metlog.incr('orders.placed');
    metlog.incr('bytes.sent', { count: 1_234_567 });
    metlog.incr('bytes.sent', { count: 0.5 });
    metlog.incr('stock', { count: -3 });
    await metlog.flush();
    const before = metlog.stats.accepted;
    for (let call = 0; call < 4_000; call++) metlog.incr('pages.viewed', { rate: 0.25 });
    const sampled = metlog.stats.accepted - before;
    // As JavaScript writes them, both have an exponent: statsd would not count the one, and read the other as 1.
    metlog.incr('tiny', { count: 1e-7 });
    metlog.send('counter', { payload: '1', metadata: { name: 'rare', rate: 1e-7 } });
    await metlog.flush();
    expect(sampled).toBeGreaterThan(500);
    const sums = async (): Promise<Record<string, number>> => ({
      orders: await sumOf(line, 'stats.counters.shop.orders.placed.count'),
      bytes: await sumOf(line, 'stats.counters.shop.bytes.sent.count'),
      stock: await sumOf(line, 'stats.counters.shop.stock.count'),
      pages: await sumOf(line, 'stats.counters.shop.pages.viewed.count'),
      tiny: await sumOf(line, 'stats.counters.shop.tiny.count'),
      rare: await sumOf(line, 'stats.counters.shop.rare.count'),
    });
    await expect.poll(sums).toEqual({
      orders: 500,
      bytes: 1_234_567.5,
      stock: -3,
      pages: sampled * 4,
      tiny: expect.closeTo(1e-7, 12) as number,
      rare: expect.closeTo(1e7, 3) as number,
    });
  });

  it('returns count, mean, upper and lower, and the percentiles of timers', async () => {
    const line = await startLine(2_000);
    const metlog = connectSdk({ dest: line.dest });
    const target = (name: string, what: string): string => `stats.timers.shop.${name}.${what}`;
    // A flush of statsd may fall between two of the timings, which makes two sets of percentiles: then it is done once more.
    for (let attempt = 0; ; attempt++) {
      const name = `render${attempt}`;
      for (let elapsedMs = 1; elapsedMs <= 100; elapsedMs++) metlog.timing(name, elapsedMs);
      await metlog.flush();
      await expect.poll(() => sumOf(line, target(name, 'count'))).toBe(100);
      const counts = (await line.graphite.render(target(name, 'count')))[target(name, 'count')];
      if (counts?.length !== 1 && attempt < 10) continue;
      expect(counts).toEqual([100]);
      const shown = async (): Promise<Record<string, readonly number[] | undefined>> => {
        const all = await line.graphite.render(target(name, '*'));
        return Object.fromEntries(
          ['upper_90', 'mean_90', 'sum_90', 'upper', 'lower', 'mean', 'sum', 'median', 'upper_99'].map((what) => [
            what,
            all[target(name, what)],
          ]),
        );
      };
      // Graphite finds a series once carbon has made its file, one after the other.
      await expect.poll(shown).toEqual({
        upper_90: [90],
        mean_90: [45.5],
        sum_90: [4095],
        upper: [100],
        lower: [1],
        mean: [50.5],
        sum: [5050],
        median: [50.5],
        upper_99: [99],
      });
      return;
    }
  });

  it('returns the timings of functions, and counts those that were not sampled by their rate', async () => {
    const line = await startLine(1_000);
    const metlog = connectSdk({ dest: line.dest });
    const before = metlog.stats.accepted;
    for (let call = 0; call < 1_000; call++) metlog.time('auth', () => call, { rate: 0.5 });
    const sampled = metlog.stats.accepted - before;
    await metlog.flush();
    await expect.poll(() => sumOf(line, 'stats.timers.shop.auth.count')).toBe(sampled * 2);
  });

  it('returns the last value of gauges, also below zero', async () => {
    const line = await startLine(1_000);
    const metlog = connectSdk({ dest: line.dest });
    metlog.gauge('queue.depth', 17);
    metlog.gauge('queue.depth', 12);
    metlog.gauge('temperature', 5);
    metlog.gauge('temperature', -7.5);
    metlog.gauge('never.set', -4);
    await metlog.flush();
    const shown = async (): Promise<Record<string, number | undefined>> => ({
      depth: await lastOf(line, 'stats.gauges.shop.queue.depth'),
      temperature: await lastOf(line, 'stats.gauges.shop.temperature'),
      neverSet: await lastOf(line, 'stats.gauges.shop.never.set'),
    });
    await expect.poll(shown).toEqual({ depth: 12, temperature: -7.5, neverSet: -4 });
    // A negative value sets; it does not subtract from what is there.
    metlog.gauge('temperature', -7);
    await metlog.flush();
    await expect.poll(() => lastOf(line, 'stats.gauges.shop.temperature')).toBe(-7);
  });

  it('returns names as statsd cleans them, each logger under its own', async () => {
    const line = await startLine(1_000);
    const metlog = connectSdk({ dest: line.dest });
    metlog.incr('w x/y:z|c@é');
    metlog.child({ logger: 'shop.payments' }).incr('ok');
    metlog.incr('ok', { logger: 'other app' });
    await metlog.flush();
    const counts = async (): Promise<Record<string, number>> => ({
      odd: await sumOf(line, 'stats.counters.shop.w_x-yzc.count'),
      child: await sumOf(line, 'stats.counters.shop.payments.ok.count'),
      other: await sumOf(line, 'stats.counters.other_app.ok.count'),
    });
    await expect.poll(counts).toEqual({ odd: 1, child: 1, other: 1 });
  });
});

describe('statsd', () => {
  it('has every one of 20,000 counters, and no line that it cannot read', async () => {
    const statsd = await startStatsd();
    const router = await startRouter({
      sinks: { statsd: { kind: 'statsd', host: '127.0.0.1', port: statsd.port } },
      routes: [{ match: { type: METRICS }, to: ['statsd'] }],
    });
    const metlog = connectSdk({ dest: router.udp });
    for (let round = 0; round < 100; round++) {
      for (let call = 0; call < 200; call++) metlog.incr(`load.${String(call % 10)}`);
      await metlog.flush();
    }
    const total = async (): Promise<number> => {
      const counts = await Promise.all(Array.from({ length: 10 }, (_, i) => statsd.counter(`shop.load.${String(i)}`)));
      return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
    };
    await expect.poll(total).toBe(20_000);
    expect(await readSocketDrops({ host: '127.0.0.1', port: statsd.port })).toBe(0);
    await statsd.stop();
    const [flush] = await statsd.flushes();
    expect(flush?.counters['statsd.bad_lines_seen']).toBe(0);
  });

  it('gets tags in either form, which it turns into those of Graphite', async () => {
    const statsd = await startStatsd();
    const common = { kind: 'statsd', host: '127.0.0.1', port: statsd.port, tags: ['env', 'region'] };
    const router = await startRouter({
      sinks: {
        dog: { ...common, name: 'dog.{name}' },
        graphite: { ...common, name: 'graphite.{name}', tagForm: 'graphite' },
      },
      routes: [{ match: { type: 'counter' }, to: ['dog', 'graphite'] }],
    });
    const metlog = connectSdk({ dest: router.udp, metadata: { env: 'prod' } });
    metlog.incr('req', { count: 2, metadata: { region: 'eu' } });
    metlog.incr('req', { count: 3 });
    await metlog.flush();
    await expect.poll(() => statsd.counter('dog.req;env=prod')).toBe(3);
    await expect.poll(() => statsd.counter('graphite.req;env=prod')).toBe(3);
    await statsd.stop();
    const [flush] = await statsd.flushes();
    expect(flush?.counters).toMatchObject({
      'dog.req;env=prod;region=eu': 2,
      'graphite.req;env=prod;region=eu': 2,
    });
  });
});
