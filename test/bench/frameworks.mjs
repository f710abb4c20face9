import { short, spread, withNoise } from './lib/numbers.mjs';
import { cpuSeconds, runChild, startHelper } from './lib/processes.mjs';
import { table } from './lib/table.mjs';
import { verdict } from './lib/verdict.mjs';

const CONNECTIONS = 20;
const WARM_UP_SECONDS = 2;
const NAMES = { express: 'Express', fastify: 'Fastify' };
const FRAMEWORKS = Object.keys(NAMES);
const WAYS = {
  bare: 'as it is',
  'metlog 0': 'metlog, rate 0',
  'metlog 0.1 no ids': 'metlog, rate 0.1, `context: false`',
  'metlog 0.1': 'metlog, rate 0.1',
  'metlog 1': 'metlog, every request',
  'sentry 0.1': 'Sentry, `tracesSampleRate` 0.1',
  'sentry 1': 'Sentry, `tracesSampleRate` 1',
  opentelemetry: 'OpenTelemetry, every request',
};

/** What watching an application costs each of its requests. In each round all ways are run, one after the other. */
export async function measureFrameworks({ dist, rounds = 5, seconds = 5 }) {
  const runs = {};
  for (let round = 0; round < rounds; round++) {
    for (const framework of FRAMEWORKS) {
      for (const way of Object.keys(WAYS)) {
        const run = await measureOnce({ framework, way, dist, seconds });
        (runs[`${framework}:${way}`] ??= []).push(run);
        process.stderr.write(
          `${framework} ${round + 1}/${rounds} ${way}: ${short(run.perSecond)}/s, ${short(run.cpuUs)} µs a request, ${run.failed} failed, ${run.sentBytes} bytes sent\n`,
        );
      }
    }
  }
  return {
    rounds,
    seconds,
    frameworks: FRAMEWORKS.map((framework) => {
      const bare = runs[`${framework}:bare`];
      const ways = Object.keys(WAYS).map((way) => {
        const of = runs[`${framework}:${way}`];
        return {
          way,
          perSecond: spread(of.map((run) => run.perSecond)),
          cpuUs: spread(of.map((run) => run.cpuUs)),
          // Each beside the bare one of its own round: the machine's mood is in both.
          addedCpuUs: spread(of.map((run, round) => run.cpuUs - bare[round].cpuUs)).median,
          share: spread(of.map((run, round) => run.perSecond / bare[round].perSecond)).median,
          failed: of.reduce((sum, run) => sum + run.failed, 0),
        };
      });
      return { framework, ways };
    }),
  };
}

async function measureOnce({ framework, way, dist, seconds }) {
  const drain = await startHelper('framework-drain.mjs');
  const app = await startHelper('framework-app.cjs', { framework, way, dist, ...drain.started });
  const load = { url: `http://127.0.0.1:${app.started.port}/users/42`, connections: CONNECTIONS };
  try {
    await runChild('framework-load.mjs', { ...load, seconds: WARM_UP_SECONDS });
    const before = await cpuSeconds(app.pid);
    const { perSecond, answered, failed } = await runChild('framework-load.mjs', { ...load, seconds });
    const cpuUs = (((await cpuSeconds(app.pid)) - before) * 1e6) / answered;
    const { bytes } = await drain.ask('bytes');
    return { perSecond, cpuUs, failed, sentBytes: bytes };
  } finally {
    await app.stop();
    await drain.stop();
  }
}

/** The targets: beside Sentry's `tracesSampleRate` of 1, and of throughput at rates 0.1 and 0. */
function verdicts({ framework, ways }) {
  const of = (way) => ways.find((entry) => entry.way === way);
  const name = NAMES[framework];
  const lost = (way) => Math.max(0, (1 - of(way).share) * 100);
  const third = of('sentry 1').addedCpuUs / 3;
  return [
    verdict(
      `${name}: a third of what Sentry adds, ${short(third)} µs, at most`,
      of('metlog 1').addedCpuUs,
      third,
      ' µs',
    ),
    verdict(`${name}: 5 % of throughput at most at rate 0.1`, lost('metlog 0.1'), 5, ' %'),
    verdict(`${name}: the same without ids`, lost('metlog 0.1 no ids'), 5, ' %'),
    verdict(`${name}: none at rate 0, within the noise of 5 %`, lost('metlog 0'), 5, ' %'),
  ];
}

export function renderFrameworks({ rounds, seconds, frameworks }) {
  const tables = frameworks.flatMap(({ framework, ways }) => {
    const rows = ways.map(({ way, perSecond, cpuUs, addedCpuUs, share, failed }) => [
      WAYS[way],
      withNoise(perSecond),
      way === 'bare' ? '' : `${Math.round(share * 100)} %`,
      withNoise(cpuUs),
      way === 'bare' ? '' : short(addedCpuUs),
      failed,
    ]);
    const heads = ['watched by', 'requests/s', 'of the bare one', 'CPU a request, µs', 'added, µs', 'failed'];
    return [`**${NAMES[framework]}**`, table(heads, rows)];
  });
  return [
    `One application with a named middleware and a route with a parameter, asked by autocannon over ${CONNECTIONS} connections from another process on the same machine: ${rounds} rounds of ${seconds} s for each way, medians (least–most); the share and what is added are medians of the rounds, each beside the bare application of its round. CPU is that of the application's whole process. Every way sends what it records to a process that takes it.`,
    ...tables,
    frameworks.flatMap(verdicts).join('\n'),
    'What the ids cost is `AsyncLocalStorage`, which on Node 20 follows every promise and callback of the process, whatever the rate; Sentry and OpenTelemetry pay the same.',
  ].join('\n\n');
}
