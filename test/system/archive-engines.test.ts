import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DAY_MS, dayOf } from '../../src/core/day.ts';
import { runCli, tempDir } from '../cli/run-cli.ts';
import { openSpark } from './servers/spark.ts';
import { startSpotlight } from './servers/spotlight.ts';
import { startStatsd } from './servers/statsd.ts';
import { withinOneDay } from './support/one-day.ts';
import { startRouter } from './support/router.ts';
import { connectSdk } from './support/sdk.ts';
import { USER, useHdfs } from './support/use-hdfs.ts';

// Hive and a map-reduce job over HDFS are in examples-hive.test.ts.

const hdfs = useHdfs('engines', 'spotlight', 'statsd');
withinOneDay(60_000); // the engines come later
const WITHIN_MS = 400_000;
const FOLDER = '/telemetry';

const ORDERS = 40;
const LOGS = 7;
const WARNINGS = 3;
const ERRORS = 5;
const COUNTED = 25;
const EARLIER = 12;
const COUNTRIES = ['de', 'fr', 'it', 'es'];

const order = (n: number) => ({ country: COUNTRIES[n % COUNTRIES.length] ?? '', total: n + 0.5 });
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

it(
  'what no route sent to statsd or Sentry is in HDFS, where Spark SQL counts it by type, day and keys',
  async () => {
    await hdfs().makeFolder(FOLDER, USER);
    await hdfs().webHdfs('PUT', FOLDER, { op: 'SETPERMISSION', permission: '755' }); // Spark is another user
    const [statsd, spotlight] = [await startStatsd(), await startSpotlight()];
    const router = await startRouter({
      archive: {
        dir: hdfs().archiveUrl(FOLDER),
        except: 'routed',
        hdfs: { user: USER },
        mergeEveryMs: 50,
        promoteAfterMs: 10,
      },
      types: { 'order.placed': { country: 'string', total: 'number' } },
      sinks: {
        statsd: { kind: 'statsd', host: '127.0.0.1', port: statsd.port },
        sentry: { kind: 'sentry', dsn: spotlight.dsn },
        own: { kind: 'file', path: join(await tempDir(), 'own.ndjson') },
      },
      routes: [
        { match: { type: ['counter', 'timer', 'gauge'] }, to: ['statsd'] },
        { match: { type: 'exception', severity: { max: 3 } }, to: ['sentry'] },
        { match: { type: 'metlog.*' }, to: ['own'] },
      ],
    });
    const place = ['--config', router.configPath, '--data-dir', router.dataDir];

    const metlog = connectSdk({ dest: router.udp });
    const today = dayOf(Date.now());
    for (const n of numbers(ORDERS)) metlog.send('order.placed', { metadata: order(n) });
    for (const n of numbers(LOGS)) metlog.info(`basket ${n} was left behind`);
    for (const n of numbers(WARNINGS)) metlog.exception(new Error(`shelf ${n}`), { severity: 4 });
    for (const n of numbers(ERRORS)) metlog.exception(new Error(`door ${n}`));
    for (const n of numbers(COUNTED)) metlog.incr('page.opened', { metadata: { n } });
    await metlog.flush();
    const yesterday = dayOf(Date.now() - DAY_MS);
    const earlier = join(await tempDir(), 'earlier.ndjson');
    const line = (n: number): string =>
    JSON.stringify({ type: 'order.placed', logger: 'shop', timestamp: `${yesterday}T12:00:${10 + n}Z`, metadata: order(n) }); // prettier-ignore
    await writeFile(earlier, numbers(EARLIER).map(line).join('\n'));
    expect((await runCli(['import', earlier, ...place])).code).toBe(0);

    const events = () =>
      spotlight.envelopes.flatMap(([, items]) => items).filter(([{ type }]) => type === 'event').length;
    const ledger = async () =>
      (await (await fetch(`${router.http}/api/ledger`)).json()) as {
        readonly archive: { readonly copy: { readonly copiedMessages: number; readonly waitingFiles: number } };
      };
    const unrouted = ORDERS + LOGS + WARNINGS + EARLIER;
    await expect
      .poll(async () => (await ledger()).archive.copy, { timeout: 90_000 })
      .toMatchObject({ copiedMessages: unrouted, waitingFiles: 0 });
    await expect.poll(events).toBe(ERRORS);
    await expect.poll(() => statsd.counter('shop.page.opened')).toBe(COUNTED);

    const ddl = await runCli(['ddl', '--engine', 'spark', '--location', `${hdfs().fileSystem}${FOLDER}`, ...place]);
    expect(ddl).toMatchObject({ code: 0, stderr: '' });
    const spark = await openSpark({ hadoopConfDir: hdfs().confDir });
    const country = `get_json_object(metadata, '$.country')`;
    const [byDay, byCountry, ofType] = await spark.run(ddl.stdout, [
      'SELECT dt, type, count(*) FROM messages GROUP BY dt, type ORDER BY dt, type',
      `SELECT dt, type, ${country}, count(*) FROM messages WHERE ${country} IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
      'SELECT dt, sum(total) FROM order_placed GROUP BY dt ORDER BY dt',
    ]);
    expect(byDay).toEqual(
      [
        [yesterday, 'order.placed', EARLIER],
        [today, 'exception', WARNINGS],
        [today, 'log', LOGS],
        [today, 'order.placed', ORDERS],
      ].map((row) => row.map(String)),
    );
    const ofCountry = (name: string, count: number) => numbers(count).filter((n) => order(n).country === name).length;
    const ofDay = (day: string, count: number) =>
      [...COUNTRIES].sort().map((name) => [day, 'order.placed', name, String(ofCountry(name, count))]);
    expect(byCountry).toEqual([...ofDay(yesterday, EARLIER), ...ofDay(today, ORDERS)]);
    const total = (count: number): string => numbers(count).reduce((sum, n) => sum + order(n).total, 0).toFixed(1); // prettier-ignore
    expect(ofType).toEqual([
      [yesterday, total(EARLIER)],
      [today, total(ORDERS)],
    ]);
  },
  WITHIN_MS,
);
