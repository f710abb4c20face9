import { existsSync } from 'node:fs';
import { rm, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Metlog } from '../../src/node/index.ts';
import type { SinkStats } from '../../src/router/delivery/sink-stats.ts';
import type { LedgerSummary } from '../../src/router/input/ledger-summary.ts';
import { tempDir } from '../cli/run-cli.ts';
import { createRandom, type Random } from '../router/support/mutate.ts';
import { freePort } from '../support/free-port.ts';
import { startLossyProxy } from './support/lossy-proxy.ts';
import { queryArchive, startRouterFrom, type ConfiguredRouter } from './support/router.ts';
import { connectSdk } from './support/sdk.ts';

// Whatever happens between an application and its back ends, each message is where it belongs or is counted as missing: random senders on a path
// that loses, doubles and reorders datagrams, sinks that fail or refuse, reloads that bring a sink and take it away, and a router that is killed.

const FIRST_SEED = Number(process.env['METLOG_SEED'] ?? Date.now() % 1_000_000);
const SCHEDULES = Number(process.env['METLOG_SCHEDULES'] ?? 8);
const CONFIG = resolve('test/system/configs/conservation.config.ts');

const SINKS = ['metrics', 'orders', 'rest'] as const;
/** The one that the second version of the routes has beside these: it gets the orders too. */
const ADDED_SINK = 'more';
const ALL_SINKS = [...SINKS, ADDED_SINK] as const;
const FAULTS = ['rejects', 'breaks off', 'takes half', 'refuses', 'hangs', 'is slow'] as const;
/** A message has reached the part of the router that routes so long after it was received, in milliseconds, however busy the machine. */
const UNDER_WAY_MS = 1_000;

/** What a message of each type is to be found in, under every version of the routes. */
const sinkOf = (type: string): (typeof SINKS)[number] =>
  type === 'counter' || type === 'timer' ? 'metrics' : type.startsWith('order.') ? 'orders' : 'rest';

/** A message of any kind, now and then one too long for a datagram. */
function sendOne(metlog: Metlog, random: Random): void {
  switch (random.below(6)) {
    case 0:
    case 1:
      return metlog.incr('login.ok', { rate: random.pick([1, 0.5]) });
    case 2:
      return metlog.timing('auth', random.below(1_000) / 8);
    case 3:
      return metlog.send('order.placed', { metadata: { total: random.below(100) } });
    case 4:
      return metlog.exception(new Error(`out of stock ${String(random.below(10))}`));
    default:
      return metlog.info('x'.repeat(random.next() < 0.02 ? 90_000 : random.below(200)));
  }
}

interface Event {
  readonly atMs: number;
  run(): Promise<void> | void;
}

interface Ledger {
  readonly path: LedgerSummary;
  readonly sinks: Readonly<Record<string, SinkStats>>;
}

type Row = Readonly<{ type: string; sender: string; seq: number; receivedMs: number }>;

async function readLedger(http: string): Promise<Ledger> {
  return (await (await fetch(`${http}/api/ledger`)).json()) as Ledger;
}

/** Messages that a life of the router has told to be for the added sink, and that went with it. Its book of them ends with it, before anybody could read the last of it. */
function abandonedIn(said: string): number {
  const told = said.matchAll(new RegExp(`: ${ADDED_SINK} is no sink any more; (\\d+) messages`, 'g'));
  return [...told].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Which messages a sink has noted, each as `sender seq`. */
async function takenBy(dir: string, sink: string): Promise<ReadonlySet<string>> {
  const text = await readFile(join(dir, `${sink}.taken`), 'utf8').catch(() => '');
  return new Set(text.split('\n').slice(0, -1));
}

/** The dead letters of a sink, in the same form. */
async function lettersOf(dataDir: string, sink: string): Promise<readonly string[]> {
  const text = await readFile(join(dataDir, 'dead-letter', `${sink}.ndjson`), 'utf8').catch(() => '');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const { message } = JSON.parse(line) as { readonly message: { readonly sender: string; readonly seq: number } };
      return `${message.sender} ${String(message.seq)}`;
    });
}

const idOf = ({ sender, seq }: Row): string => `${sender} ${String(seq)}`;

async function runSchedule(seed: number): Promise<void> {
  const random = createRandom(seed);
  const [dir, dataDir] = [await tempDir(), await tempDir()];
  const options = { dataDir, udpPort: String(await freePort()), env: { TEST_DIR: dir } };
  let router: ConfiguredRouter = await startRouterFrom(CONFIG, options);
  const proxy = await startLossyProxy(
    Number(options.udpPort),
    { drop: random.next() * 0.3, duplicate: random.next() * 0.2, delay: random.next() * 0.3, maxDelayMs: 300 },
    random,
  );
  const clients = Array.from({ length: 1 + random.below(4) }, (_, client) =>
    connectSdk({
      logger: `shop${String(client)}`,
      dest: `udp://127.0.0.1:${String(proxy.port)}`,
      aggregate: random.next() < 0.3,
      ...(random.next() < 0.5 && { maxDatagramBytes: 1_432 }),
    }),
  );

  const lengthMs = 1_500 + random.below(1_500);
  const fault = (sink: string, what: string): Promise<void> => writeFile(join(dir, `${sink}.fault`), what);
  let abandoned = 0;
  /** What is received in this time is for the added sink. It has a cursor as long as it is there. */
  const added = { fromMs: Infinity, untilMs: Infinity };
  const watch = setInterval(() => {
    if (existsSync(join(dataDir, 'cursors', `sink-${ADDED_SINK}`))) added.fromMs = Math.min(added.fromMs, Date.now());
  }, 10);
  onTestFinished(() => clearInterval(watch));
  const events: Event[] = [
    ...Array.from({ length: 1 + random.below(5) }, (_, index) => {
      const sink = random.pick(ALL_SINKS);
      const what = index === 0 ? 'refuses' : random.pick(FAULTS); // so that nearly each schedule has dead letters
      return { atMs: random.below(lengthMs), run: () => fault(sink, what) };
    }),
    ...Array.from({ length: random.below(3) }, () => ({
      atMs: random.below(lengthMs),
      run: async () => {
        await router.stop('SIGKILL');
        abandoned += abandonedIn(router.stderr());
        router = await startRouterFrom(CONFIG, options);
      },
    })),
    ...Array.from({ length: random.below(3) }, (_, index) => ({
      atMs: random.below(lengthMs),
      run: async () => {
        const isSecond = index % 2 === 0;
        added.untilMs = isSecond ? Infinity : Date.now() - UNDER_WAY_MS;
        await writeFile(join(dir, 'version'), isSecond ? '2' : '1');
        router.child.kill('SIGHUP');
      },
    })),
  ].sort((a, b) => a.atMs - b.atMs);

  const startedMs = performance.now();
  const nowMs = (): number => performance.now() - startedMs;
  const perStroke = 1 + random.below(30);
  const sending = (async () => {
    while (nowMs() < lengthMs) {
      for (let i = 0; i < perStroke; i++) sendOne(random.pick(clients), random);
      await delay(5);
    }
  })();
  for (const { atMs, run } of events) {
    await delay(Math.max(0, atMs - nowMs()));
    await run();
  }
  await sending;

  // A clean path, sinks without faults, and every sender's last word.
  await proxy.clean();
  for (const sink of ALL_SINKS) await rm(join(dir, `${sink}.fault`), { force: true });
  await Promise.all(clients.map((client) => client.close()));
  for (const { stats } of clients) {
    const dropped = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0);
    expect(stats.accepted).toBe(stats.sent + stats.queued + stats.merged + dropped);
  }
  await expect
    .poll(async () => {
      const { path, sinks } = await readLedger(router.http);
      return { ended: path.total.closed, waiting: Object.values(sinks).reduce((sum, { waiting }) => sum + waiting, 0) };
    })
    .toEqual({ ended: proxy.numbered.size, waiting: 0 });
  const { path, sinks } = await readLedger(router.http);
  // By now the proxy has heard everybody's last word too.
  const numbered = [...proxy.numbered.values()].reduce((sum, count) => sum + count, 0);
  expect(await router.stop()).toBe(0);
  abandoned += abandonedIn(router.stderr());

  const rows = (await queryArchive(
    dataDir,
    'select type, sender, seq::int as seq, epoch_ms(received)::double as "receivedMs" from messages where sender is not null',
  )) as readonly Row[];
  const ids = rows.map(idOf);
  expect(new Set(ids).size).toBe(ids.length); // once each
  expect(path.senders).toMatchObject({ open: 0, silent: 0 });
  expect(path.total).toMatchObject({ numbered, received: ids.length, missing: numbered - ids.length, uncounted: 0 });
  for (const [name, { routed, delivered, waiting, deadLettered, expired }] of Object.entries(sinks)) {
    expect({ name, waiting, expired, balance: routed - delivered - deadLettered }).toEqual({
      name,
      waiting: 0,
      expired: 0,
      balance: 0,
    });
  }
  const missing = new Map<string, readonly string[]>();
  for (const sink of ALL_SINKS) {
    const letters = await lettersOf(dataDir, sink);
    const found = new Set([...(await takenBy(dir, sink)), ...letters]);
    const isAdded = sink === ADDED_SINK;
    const own = rows.filter(({ type }) => sinkOf(type) === (isAdded ? 'orders' : sink));
    const wanted = own.filter(({ receivedMs: ms }) => !isAdded || (ms > added.fromMs && ms < added.untilMs));
    missing.set(
      sink,
      wanted.map(idOf).filter((id) => !found.has(id)),
    );
    const ownIds = new Set(own.map(idOf));
    expect(
      [...found].filter((id) => !ownIds.has(id)),
      `not for ${sink}`,
    ).toEqual([]);
    if (sinks[sink] !== undefined) expect([sink, sinks[sink].deadLettered]).toEqual([sink, letters.length]);
  }
  for (const sink of SINKS) expect(missing.get(sink), `not in ${sink}`).toEqual([]);
  expect(missing.get(ADDED_SINK)?.length, `not in ${ADDED_SINK}`).toBeLessThanOrEqual(abandoned);
}

describe('conservation', () => {
  it.each(Array.from({ length: SCHEDULES }, (_, index) => FIRST_SEED + index))(
    'holds under the random schedule of METLOG_SEED=%i',
    runSchedule,
  );
});
