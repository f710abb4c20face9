import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { short, spread, withNoise } from './lib/numbers.mjs';
import { archiveState, cpuSeconds, runChild, settled, startHelper } from './lib/processes.mjs';
import { table } from './lib/table.mjs';
import { verdict } from './lib/verdict.mjs';

const CPU_RATE_PER_SECOND = 100_000;
const DATAGRAM_BYTES = 16_384;
/** One message in a thousand is an exception. */
const EXCEPTION_EVERY = 1_000;
const IDLE_SECONDS = 2;
const QUIET_MS = 2_500;
const LATENCY_RATE_PER_SECOND = 20_000;
const MAX_CPU_US = 9;
const MAX_P99_MS = 250;

/** What three routes and three sinks cost beside the archive, and how soon a message is at statsd's socket. */
export async function measureRoutes({ dist, rounds = 3, seconds = 10 }) {
  const cpu = { archive: [], sinks: [] };
  const latency = [];
  let lost = 0;
  for (let round = 0; round < rounds; round++) {
    for (const way of ['archive', 'sinks']) {
      const run = await measureCpu({ dist, seconds, withSinks: way === 'sinks' });
      cpu[way].push(run.cpuUs);
      lost += run.lost;
      process.stderr.write(
        `routes ${round + 1}/${rounds} ${way}: ${short(run.cpuUs)} µs, ${run.lost} of ${run.sent} lost\n`,
      );
    }
    const run = await measureLatency({ dist, seconds });
    latency.push(run);
    process.stderr.write(`routes ${round + 1}/${rounds} latency: p99 ${short(run.p99)} ms\n`);
  }
  return {
    rounds,
    seconds,
    lost,
    archiveUs: spread(cpu.archive),
    sinksUs: spread(cpu.sinks),
    ...Object.fromEntries(['p50', 'p99', 'max'].map((name) => [name, spread(latency.map((run) => run[name]))])),
    latencyMissing: latency.reduce((sum, run) => sum + run.missing, 0),
    latencyRate: spread(latency.map((run) => run.rate)),
  };
}

const routesTo = (statsdPort, sentryPort, dataDir) => ({
  sinks: {
    statsd: { kind: 'statsd', host: '127.0.0.1', port: statsdPort },
    sentry: { kind: 'sentry', dsn: `http://key@127.0.0.1:${sentryPort}/1` },
    orders: { kind: 'file', path: join(dataDir, 'orders.ndjson') },
  },
  routes: [
    { match: { type: ['counter', 'timer', 'gauge'] }, to: ['statsd'] },
    { match: { type: 'exception', severity: { max: 3 } }, to: ['sentry'] },
    { otherwise: true, to: ['orders'] },
  ],
});

async function measureCpu({ dist, seconds, withSinks }) {
  const dataDir = await mkdtemp(join(tmpdir(), 'metlog-bench-'));
  const statsd = await startHelper('drain.mjs');
  const sentry = await startHelper('sentry-drain.mjs');
  const config = withSinks ? routesTo(statsd.started.port, sentry.started.port, dataDir) : {};
  const host = await startHelper('router-host.mjs', { dataDir, dist, config });
  try {
    await sleep(1_000);
    const idleFrom = await cpuSeconds(host.pid);
    await sleep(IDLE_SECONDS * 1_000);
    const busyFrom = await cpuSeconds(host.pid);
    const idlePerSecond = (busyFrom - idleFrom) / IDLE_SECONDS;
    const startedMs = performance.now();
    const load = await runChild('load.mjs', {
      port: host.started.udpPort,
      ratePerSecond: CPU_RATE_PER_SECOND,
      datagramBytes: DATAGRAM_BYTES,
      seconds,
      exceptionEvery: EXCEPTION_EVERY,
    });
    const waiting = async () => Object.values((await host.ask('stats')).sinks).map(({ waiting }) => waiting);
    await settled(async () => [await archiveState(dataDir), await waiting()], QUIET_MS);
    const elapsedSeconds = (performance.now() - startedMs) / 1_000;
    const cpu = (await cpuSeconds(host.pid)) - busyFrom - idlePerSecond * elapsedSeconds;
    const stats = await host.ask('stats');
    const lost = load.sent - (withSinks ? deliveredBy(stats) : stats.accepted);
    return { sent: load.sent, lost, cpuUs: (cpu * 1e6) / load.sent };
  } finally {
    await host.stop();
    await Promise.all([statsd.stop(), sentry.stop()]);
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Each message goes to one sink. */
const deliveredBy = ({ sinks }) => Object.values(sinks).reduce((sum, { delivered }) => sum + delivered, 0);

async function measureLatency({ dist, seconds }) {
  const dataDir = await mkdtemp(join(tmpdir(), 'metlog-bench-'));
  const statsd = await startHelper('latency-drain.mjs');
  const config = {
    sinks: { statsd: { kind: 'statsd', host: '127.0.0.1', port: statsd.started.port } },
    routes: [{ match: { type: 'timer' }, to: ['statsd'] }],
  };
  const host = await startHelper('router-host.mjs', { dataDir, dist, config });
  try {
    const load = await runChild('latency-load.mjs', {
      dist,
      port: host.started.udpPort,
      ratePerSecond: LATENCY_RATE_PER_SECOND,
      seconds,
    });
    await settled(async () => (await host.ask('stats')).sinks.statsd.delivered, 1_000);
    const { count, ...quantiles } = await statsd.ask('quantiles');
    return { ...quantiles, missing: load.sent - count, rate: load.sent / load.elapsedSeconds };
  } finally {
    await host.stop();
    await statsd.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

export function renderRoutes({
  rounds,
  seconds,
  lost,
  archiveUs,
  sinksUs,
  p50,
  p99,
  max,
  latencyMissing,
  latencyRate,
}) {
  return [
    `Three routes – counters, timers and gauges to statsd, exceptions (one message in 1,000) to Sentry, the rest to a file – beside the archive, at 100,000 messages a second in 16 KiB datagrams: ${rounds} runs of ${seconds} s, medians (least–most). CPU is that of the whole router process until the last message is in a Parquet file and with its sinks; statsd and Sentry are stood in for by processes that take what comes. ${lost === 0 ? 'None was lost.' : `${lost.toLocaleString('en-US')} messages were lost.`}`,
    table(
      ['CPU a message, µs', ''],
      [
        ['archive alone', withNoise(archiveUs)],
        ['archive, three routes, three sinks', withNoise(sinksUs)],
      ],
    ),
    `From the call of \`timing\` in an application to statsd's socket, at ${short(latencyRate.median)} calls a second, in milliseconds; the SDK waits up to 100 ms for company.${latencyMissing === 0 ? '' : ` ${latencyMissing.toLocaleString('en-US')} did not arrive.`}`,
    table(['median', 'p99', 'longest'], [[withNoise(p50), withNoise(p99), withNoise(max)]]),
    [
      verdict(
        'at most 9 µs of CPU a message with three sinks, three routes and the archive',
        sinksUs.median,
        MAX_CPU_US,
        ' µs',
      ),
      verdict("p99 from the call to statsd's socket at most 250 ms", p99.median, MAX_P99_MS, ' ms'),
    ].join('\n'),
  ].join('\n\n');
}
