import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { short, spread, withNoise } from './lib/numbers.mjs';
import { cpuSeconds, runChild, startHelper, startServe } from './lib/processes.mjs';
import { table } from './lib/table.mjs';

/** As many answers are waited for at once: one of `metlog serve` comes with the next write of its journal, 20 ms later at most. */
const CONNECTIONS = 100;
/** The generator is one client, and sends more than one may. */
const LIMITS = { ratePerSecond: 1_000_000, burst: 1_000_000 };
/** What the latency is asked at. */
const STEADY_PER_SECOND = 1_000;
const WARM_UP_SECONDS = 2;
/** Messages in a body: a page that says little, and one that says much. */
const BODIES = [1, 20];

const WAYS = {
  bare: { label: 'a bare handler that only reads the body', start: startBare },
  serve: { label: '`metlog serve`, into its journal', start: startServing },
  relay: { label: '`metlog relay`, on by UDP', start: startRelay },
};

/** How many requests a second the relay answers, what a message costs it, and how long an answer takes, beside a bare handler. */
export async function measureRelay({ dist, rounds = 3, seconds = 6 }) {
  const runs = {};
  for (let round = 0; round < rounds; round++) {
    for (const [id, { start }] of Object.entries(WAYS)) {
      for (const messages of BODIES) {
        const run = await measureOnce(start, { dist, seconds, messages });
        (runs[`${id} ${messages}`] ??= []).push(run);
        process.stderr.write(
          `relay ${round + 1}/${rounds} ${id}, ${messages} a body: ${short(run.perSecond)}/s, p99 ${short(run.p99Ms)} ms, ${run.failed} failed\n`,
        );
      }
    }
  }
  const summary = ([key, of]) => {
    const [id, messages] = key.split(' ');
    return {
      id,
      messages: Number(messages),
      perSecond: spread(of.map((run) => run.perSecond)),
      cpuUsPerMessage: spread(of.map((run) => run.cpuUsPerMessage)),
      p99Ms: spread(of.map((run) => run.p99Ms)),
      failed: of.reduce((sum, run) => sum + run.failed, 0),
    };
  };
  return { rounds, seconds, ways: Object.entries(runs).map(summary) };
}

async function measureOnce(start, { dist, seconds, messages }) {
  const target = await start(dist);
  const load = { url: target.url, connections: CONNECTIONS, messages };
  try {
    await runChild('relay-load.mjs', { ...load, seconds: WARM_UP_SECONDS });
    const idleStart = await cpuSeconds(target.pid);
    await sleep(seconds * 1_000);
    const loadStart = await cpuSeconds(target.pid);
    const most = await runChild('relay-load.mjs', { ...load, seconds });
    const cpu = (await cpuSeconds(target.pid)) - loadStart - (loadStart - idleStart);
    const steady = await runChild('relay-load.mjs', { ...load, seconds, perSecond: STEADY_PER_SECOND });
    return {
      perSecond: most.perSecond,
      cpuUsPerMessage: (cpu * 1e6) / (most.answered * messages),
      p99Ms: steady.p99Ms,
      failed: most.failed + steady.failed,
    };
  } finally {
    await target.stop();
  }
}

async function startBare() {
  const helper = await startHelper('relay-bare.mjs');
  return { pid: helper.pid, url: `http://127.0.0.1:${helper.started.port}/v1/messages`, stop: () => helper.stop() };
}

async function startServing(dist) {
  const dataDir = await mkdtemp(join(tmpdir(), 'metlog-bench-'));
  const serve = await startServe(dataDir, dist, '--config', await writeConfig(dataDir));
  return {
    pid: serve.pid,
    url: `${serve.http}/v1/messages`,
    async stop() {
      await serve.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function writeConfig(dir) {
  const path = join(dir, 'metlog.config.json');
  await writeFile(path, JSON.stringify({ limits: LIMITS }));
  return path;
}

/** Its datagrams go to a socket of another process that only counts them. */
async function startRelay(dist) {
  const drain = await startHelper('drain.mjs');
  const dir = await mkdtemp(join(tmpdir(), 'metlog-bench-'));
  const dest = `udp://127.0.0.1:${drain.started.port}`;
  const child = spawn(
    process.execPath,
    [`${dist}/cli.js`, 'relay', '--http-port', '0', '--dest', dest, '--config', await writeConfig(dir)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      said += chunk;
      if (/^metlog: ready$/m.test(said)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`metlog relay ended with code ${code}; it said: ${said}`)));
  });
  return {
    pid: child.pid,
    url: `${/http:\/\/\S+/.exec(said)[0]}/v1/messages`,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await drain.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export function renderRelay({ rounds, seconds, ways }) {
  const rows = ways.map(({ id, messages, perSecond, cpuUsPerMessage, p99Ms, failed }) => [
    WAYS[id].label,
    messages,
    withNoise(perSecond),
    withNoise(cpuUsPerMessage),
    withNoise(p99Ms),
    failed,
  ]);
  return [
    `\`POST /v1/messages\` from another process on the same machine, by autocannon over ${CONNECTIONS} connections: ${rounds} runs of ${seconds} s each, medians (least–most). Requests a second are the most that is answered, with the generator on the same cores; CPU is that of the whole process meanwhile, all threads, less what it uses idle; the 99th percentile of the time to the answer is at ${STEADY_PER_SECOND.toLocaleString('en-US')} requests a second. \`metlog serve\` answers when the messages are written.`,
    table(['relay', 'messages a body', 'requests/s', 'CPU a message, µs', 'p99 at 1,000/s, ms', 'failed'], rows),
  ].join('\n\n');
}
