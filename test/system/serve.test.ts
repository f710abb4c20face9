import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runCli, tempDir } from '../cli/run-cli.ts';
import { freePort } from '../support/free-port.ts';
import { startStatsd } from './servers/statsd.ts';
import { balancedBooks } from './support/books.ts';
import { sendLoad } from './support/load.ts';
import { readNoted } from './support/noted.ts';
import { wantParts } from './support/parts.ts';
import { queryArchive, startRouter, startRouterFrom, writeConfig } from './support/router.ts';
import { connectSdk } from './support/sdk.ts';
import { missingOf, readNumbers } from './support/sink-file.ts';

// `metlog serve` as people run it: reloaded, killed, its back ends away.

wantParts('statsd');

const PER_SECOND = 4_000;
const KILLS = 3;
/** Messages that a router delivers at least before it is killed. */
const A_LIFE = 1_000;

/** The number of each message in the archive, as often as it is there. */
async function archivedNumbers(dataDir: string): Promise<readonly number[]> {
  const rows = await queryArchive(
    dataDir,
    `select list((metadata->>'$.n')::int) as numbers from messages where type like 'order.%'`,
  );
  return rows[0]?.['numbers'] as readonly number[];
}

const sorted = (numbers: Iterable<number>): readonly number[] => [...numbers].sort((a, b) => a - b);
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

describe('SIGHUP', () => {
  it('under load, with good and with broken files, loses nothing', async () => {
    const dir = await tempDir();
    const path = (name: string): string => join(dir, `${name}.ndjson`);
    const file = (name: string): object => ({ kind: 'file', path: path(name) });
    const always = [
      { match: { type: 'order.*' }, to: ['all'] },
      { match: { type: 'order.paid' }, to: ['paid'] },
    ];
    const one = { sinks: { all: file('all'), paid: file('paid') }, routes: always };
    const two = {
      sinks: { ...one.sinks, more: file('more') },
      routes: [...always, { match: { type: 'order.*' }, to: ['more'] }],
    };
    const unknownSink = { ...one, routes: [{ match: { type: 'order.*' }, to: ['nowhere'] }] };
    const router = await startRouter(one);
    const reload = async (config: object | string): Promise<void> => {
      await (typeof config === 'string'
        ? writeFile(router.configPath, config)
        : writeConfig(router.configPath, config));
      router.child.kill('SIGHUP');
    };
    const metlog = connectSdk({ dest: router.udp });
    const load = { newest: 0, isOver: false };
    const typeOf = (n: number): string => {
      load.newest = n;
      return n % 2 === 0 ? 'order.placed' : 'order.paid';
    };
    const endless = { count: Infinity, perSecond: PER_SECOND, typeOf, isOver: () => load.isOver };
    const loaded = sendLoad(metlog, endless);
    for (const [config, said] of [
      [two, 'configuration reloaded: 3 sinks'],
      [unknownSink, 'got "nowhere"'],
      [one, 'configuration reloaded: 2 sinks'],
      ['{ "sinks":', 'not reloaded'],
      [two, 'configuration reloaded: 3 sinks'],
    ] as const) {
      const before = router.stderr().length;
      await reload(config);
      await expect.poll(() => router.stderr().slice(before)).toContain(said);
      if (config === two) await expect.poll(() => readNumbers(path('more'))).not.toEqual([]); // under load
      const { newest } = load;
      await expect.poll(() => load.newest).toBeGreaterThan(newest + 1_000); // between two reloads the load goes on
    }
    load.isOver = true;
    const count = await loaded;
    expect(router.child.exitCode).toBeNull();

    // The last file is in force: what comes now goes by it.
    const late = { from: count, count: 100, perSecond: PER_SECOND, typeOf };
    await sendLoad(metlog, late);
    await expect.poll(async () => missingOf(await readNumbers(path('more')), late.count, late.from)).toEqual([]);
    const total = count + late.count;
    await expect.poll(async () => missingOf(await readNumbers(path('all')), total)).toEqual([]);
    const paid = upTo(total).filter((n) => n % 2 === 1);
    await expect.poll(async () => sorted(new Set(await readNumbers(path('paid'))))).toEqual(paid);
    await expect.poll(() => balancedBooks(router.http)).toMatchObject({ all: total, paid: paid.length });
    expect(await router.stop()).toBe(0);
    expect(sorted(await archivedNumbers(router.dataDir))).toEqual(upTo(total));
  });
});

describe('a router that is killed under load', () => {
  it('brings each message that it has archived to every sink, after it was started again, and archives it once', async () => {
    const dir = await tempDir();
    const dataDir = await tempDir();
    const [udpPort, paths] = [String(await freePort()), { a: join(dir, 'a.ndjson'), b: join(dir, 'b.ndjson') }];
    const config = {
      sinks: { a: { kind: 'file', path: paths.a }, b: { kind: 'file', path: paths.b } },
      routes: [{ match: { type: 'order.placed' }, to: ['a', 'b'] }],
    };
    const start = (): ReturnType<typeof startRouter> => startRouter(config, { dataDir, udpPort });
    let router = await start();
    const metlog = connectSdk({ dest: router.udp });
    let isOver = false;
    const loaded = sendLoad(metlog, { count: Infinity, perSecond: PER_SECOND, isOver: () => isOver });
    const countInA = async (): Promise<number> => new Set(await readNumbers(paths.a)).size;
    for (let kill = 0; kill < KILLS; kill++) {
      const before = await countInA();
      await expect.poll(countInA).toBeGreaterThan(before + A_LIFE);
      await delay(Math.random() * 500);
      await router.stop('SIGKILL');
      router = await start();
    }
    isOver = true;
    const count = await loaded;
    await sendLoad(metlog, { from: count, count: 100, perSecond: PER_SECOND });
    await expect.poll(async () => missingOf(await readNumbers(paths.a), 100, count)).toEqual([]);
    expect(await router.stop()).toBe(0);

    const numbers = await archivedNumbers(dataDir);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.length).toBeGreaterThan(KILLS * A_LIFE);
    const expected = sorted(numbers);
    for (const path of [paths.a, paths.b]) {
      expect(sorted(new Set(await readNumbers(path)))).toEqual(expected);
    }
  });
});

describe('a statsd that is stopped and started again', () => {
  it('gets the metrics that were sent meanwhile', async () => {
    const first = await startStatsd();
    const router = await startRouter({
      sinks: { statsd: { kind: 'statsd', host: '127.0.0.1', port: first.port } },
      routes: [{ match: { type: 'counter' }, to: ['statsd'] }],
    });
    const metlog = connectSdk({ dest: router.udp });
    const count = async (times: number): Promise<void> => {
      for (let call = 0; call < times; call++) metlog.incr('orders');
      await metlog.flush();
    };
    await count(100);
    await expect.poll(() => first.counter('shop.orders')).toBe(100);
    await first.stop();
    for (let round = 0; round < 10; round++) {
      await count(100);
      await delay(100); // each round is a write of its own
    }
    const second = await startStatsd({ port: first.port });
    await expect.poll(() => second.counter('shop.orders')).toBeGreaterThanOrEqual(1_000);
    await count(50);
    await expect.poll(() => second.counter('shop.orders')).toBeGreaterThanOrEqual(1_050);
  });
});

describe('SIGTERM', () => {
  it('under load drains and ends with 0; what a sink could not take yet it gets from the next start', async () => {
    const dir = await tempDir();
    const dataDir = await tempDir();
    const env = { TEST_DIR: dir };
    await writeFile(join(dir, 'fault'), '');
    const config = resolve('test/system/configs/drain.config.ts');
    const router = await startRouterFrom(config, { dataDir, env });
    const metlog = connectSdk({ dest: router.udp });
    const loaded = sendLoad(metlog, { count: 5_000, perSecond: PER_SECOND });
    await expect.poll(async () => (await readNoted(join(dir, 'quick.txt'))).length).toBeGreaterThan(0);
    const exited = once(router.child, 'exit');
    router.child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]); // serve itself gives up, by a signal, when ten seconds do not suffice
    await loaded;
    const numbers = await archivedNumbers(dataDir);
    const inQuick = new Set((await readNoted(join(dir, 'quick.txt'))).map(({ n }) => n));
    expect(numbers.filter((n) => !inQuick.has(n))).toEqual([]);

    await rm(join(dir, 'fault'));
    const again = await startRouterFrom(config, { dataDir, env });
    for (const sink of ['slow', 'hung']) {
      const missing = async (): Promise<readonly number[]> => {
        const found = new Set((await readNoted(join(dir, `${sink}.txt`))).map(({ n }) => n));
        return numbers.filter((n) => !found.has(n));
      };
      await expect.poll(missing).toEqual([]);
    }
    expect(await again.stop()).toBe(0);
  });
});

describe('metlog replay', () => {
  it('brings dead letters to their sink alone, after what was wrong with it is put right', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'fault'), '');
    const router = await startRouterFrom(resolve('test/system/configs/picky.config.ts'), { env: { TEST_DIR: dir } });
    const metlog = connectSdk({ dest: router.udp });
    for (let n = 0; n < 100; n++) metlog.send('order.placed', { metadata: { n, poison: n % 10 === 3 } });
    await metlog.flush();
    const numbers = async (sink: string): Promise<readonly number[]> =>
      sorted((await readNoted(join(dir, `${sink}.txt`))).map(({ n }) => n));
    const all = upTo(100);
    // The rest of their batch is delivered.
    await expect.poll(() => numbers('picky')).toEqual(all.filter((n) => n % 10 !== 3));
    const letters = join(router.dataDir, 'dead-letter', 'picky.ndjson');
    const reasons = async (): Promise<number> =>
      (await readFile(letters, 'utf8').catch(() => '')).split('poison').length;
    await expect.poll(reasons).toBeGreaterThan(10);
    const replay = (): ReturnType<typeof runCli> => runCli(['replay', 'picky', '--url', router.http]);
    await replay(); // the fault is still there: they stay where they are
    expect(await numbers('picky')).toHaveLength(90);

    await rm(join(dir, 'fault'));
    const { code, stderr } = await replay();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await expect.poll(() => numbers('picky')).toEqual(all);
    await expect.poll(() => numbers('quick')).toEqual(all); // each once: nobody else is sent to
    expect(await replay()).toMatchObject({ code: 0 }); // nothing is left
    expect(await numbers('picky')).toEqual(all);
  });
});
