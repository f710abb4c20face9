import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { short, spread, withNoise } from './lib/numbers.mjs';
import { here, runChild, settled, startHelper } from './lib/processes.mjs';
import { table } from './lib/table.mjs';

const thousands = (...rates) => rates.map((rate) => rate * 1_000);
/** What is tried, messages a second; of each the next is tried until two in a row lose something. */
const SINGLE_RATES = thousands(20, 30, 40, 50, 60, 70, 80, 100, 120);
const BATCHED_RATES = thousands(20, 40, 60, 80, 100, 150, 200, 300, 400, 500, 600, 700, 800, 1_000, 1_200);
const BATCH_BYTES = 16_384;
/** What one process cannot send at this rate, several send. */
const MAX_DATAGRAMS_PER_GENERATOR = 50_000;
const MAX_MESSAGES_PER_GENERATOR = 500_000;
const LOSING_RUNS = 2;
const QUIET_MS = 2_000;
/** A generator that falls short of its rate by more has met the machine's limit, not the receiver's. */
const KEPT_UP = 0.85;

const ways = [
  { name: 'metlog', shape: 'one message a datagram', start: startMetlog, form: 'metlog', datagramBytes: 0 },
  { name: 'statsd', shape: 'one message a datagram', start: startStatsd, form: 'statsd', datagramBytes: 0 },
  { name: 'syslog-ng', shape: 'one message a datagram', start: startSyslogNg, form: 'json', datagramBytes: 0 },
  { name: 'metlog', shape: 'batched', start: startMetlog, form: 'metlog', datagramBytes: BATCH_BYTES },
  { name: 'statsd', shape: 'batched', start: startStatsd, form: 'statsd', datagramBytes: BATCH_BYTES },
  {
    name: 'syslog-ng',
    shape: 'batched',
    start: startSyslogNg,
    form: 'json',
    datagramBytes: BATCH_BYTES,
    protocol: 'tcp',
  },
];

/** The highest rate without loss of the router, syslog-ng and statsd, on the same messages, one after the other in one run. */
export async function measurePeers({ dist, rounds = 3, seconds = 4 }) {
  if (spawnSync('syslog-ng', ['--version']).error) {
    throw new Error('syslog-ng is missing: apt-get install --no-install-recommends syslog-ng-core');
  }
  const found = ways.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, way] of ways.entries()) {
      const rates = way.datagramBytes === 0 ? SINGLE_RATES : BATCHED_RATES;
      const best = await highestRate(way, { dist, seconds, rates });
      found[index].push(best);
      process.stderr.write(`peers ${round + 1}/${rounds} ${way.name}, ${way.shape}: ${short(best)}/s\n`);
    }
  }
  return { rounds, seconds, ways: ways.map(({ name, shape }, index) => ({ name, shape, rate: spread(found[index]) })) };
}

/** The highest rate at which all that was sent is counted by the receiver; 0 if there is none. */
async function highestRate(way, { dist, seconds, rates }) {
  let best = 0;
  let losing = 0;
  for (const rate of rates) {
    const { sent, got, actualRate } = await oneRun(way, rate, { dist, seconds });
    process.stderr.write(
      `  ${way.name}, ${way.shape} at ${short(rate)}/s: ${short(actualRate)}/s sent, ${sent - got} of ${sent} lost\n`,
    );
    losing = got < sent ? losing + 1 : 0;
    if (got === sent) best = Math.max(best, actualRate);
    if (losing === LOSING_RUNS || actualRate < KEPT_UP * rate) break;
  }
  return best;
}

async function oneRun({ start, form, datagramBytes, protocol }, ratePerSecond, { dist, seconds }) {
  const dir = await mkdtemp(join(tmpdir(), 'metlog-bench-'));
  const receiver = await start({ dir, dist, protocol });
  try {
    const perDatagram = datagramBytes === 0 ? 1 : 100;
    const generators = Math.ceil(
      Math.max(ratePerSecond / perDatagram / MAX_DATAGRAMS_PER_GENERATOR, ratePerSecond / MAX_MESSAGES_PER_GENERATOR),
    );
    const load = {
      port: receiver.port,
      ratePerSecond: ratePerSecond / generators,
      datagramBytes,
      seconds,
      form,
      protocol,
    };
    const loads = await Promise.all(Array.from({ length: generators }, () => runChild('load.mjs', load)));
    const got = await receiver.count();
    return {
      sent: loads.reduce((sum, one) => sum + one.sent, 0),
      actualRate: loads.reduce((sum, one) => sum + one.sent / one.elapsedSeconds, 0),
      got,
    };
  } finally {
    await receiver.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** The router with three routes to files, and its archive. */
async function startMetlog({ dir, dist }) {
  const file = (name) => ({ kind: 'file', path: join(dir, `${name}.ndjson`) });
  const config = {
    sinks: { metrics: file('metrics'), orders: file('orders'), other: file('other') },
    routes: [
      { match: { type: ['counter', 'timer', 'gauge'] }, to: ['metrics'] },
      { match: { type: 'order.placed' }, to: ['orders'] },
      { otherwise: true, to: ['other'] },
    ],
  };
  const host = await startHelper('router-host.mjs', { dataDir: join(dir, 'data'), dist, config });
  const delivered = async () =>
    Object.values((await host.ask('stats')).sinks).reduce((sum, sink) => sum + sink.delivered, 0);
  return { port: host.started.udpPort, count: () => settled(delivered, QUIET_MS), stop: () => host.stop() };
}

/** statsd counts the metrics that it took itself; it writes them down when it ends. */
async function startStatsd({ dir }) {
  const [port, adminPort] = await freePorts(2);
  const backend = join(dir, 'backend.js');
  const sums = join(dir, 'flush.jsonl');
  await writeFile(
    backend,
    `const fs=require('fs');exports.init=(t,c,events)=>{events.on('flush',(_,m)=>fs.appendFileSync(${JSON.stringify(sums)},JSON.stringify(m.counters)+'\\n'));return true}`,
  );
  const config = join(dir, 'config.js');
  const settings = {
    port,
    address: '127.0.0.1',
    mgmt_address: '127.0.0.1',
    mgmt_port: adminPort,
    flushInterval: 600_000,
    backends: [backend],
  };
  await writeFile(config, `(${JSON.stringify(settings)})`);
  const statsd = spawn(process.execPath, [here('node_modules/statsd/stats.js'), config], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await listening(adminPort);
  return {
    port,
    async count() {
      await sleep(QUIET_MS);
      await ended(statsd);
      const flushed = (await readFile(sums, 'utf8')).trim().split('\n');
      return flushed.reduce((sum, line) => sum + (JSON.parse(line)['statsd.metrics_received'] ?? 0), 0);
    },
    stop: () => ended(statsd),
  };
}

/** syslog-ng, its JSON parser and three routes to files; it takes several messages at once by TCP only, a line each. */
async function startSyslogNg({ dir, protocol = 'udp' }) {
  const [port] = await freePorts(1);
  const out = join(dir, 'out');
  await mkdir(out);
  const config = join(dir, 'syslog-ng.conf');
  const source =
    protocol === 'tcp'
      ? `network(ip("127.0.0.1") port(${port}) transport("tcp") flags(no-parse) log-iw-size(100000) log-fetch-limit(1000))`
      : `network(ip("127.0.0.1") port(${port}) transport("udp") flags(no-parse) so-rcvbuf(4194304) log-fetch-limit(1000))`;
  const route = (name, filter) =>
    `log { source(s_in); parser(p_json); filter { ${filter} }; destination { file("${out}/${name}" template("$MSG\\n")); }; };`;
  const isMetric = 'match("counter|timer|gauge" value(".m.type") type(pcre))';
  const isOrder = 'match("order.placed" value(".m.type") type(string))';
  await writeFile(
    config,
    [
      '@version: 3.35',
      'options { stats-freq(0); flush-lines(1000); threaded(yes); log-fifo-size(1000000); };',
      `source s_in { ${source}; };`,
      'parser p_json { json-parser(prefix(".m.")); };',
      route('metrics', isMetric),
      route('orders', isOrder),
      route('other', `not (${isMetric} or ${isOrder})`),
      '',
    ].join('\n'),
  );
  const args = [
    '-F',
    '--no-caps',
    '-f',
    config,
    '-R',
    join(dir, 'persist'),
    '-c',
    join(dir, 'ctl'),
    '-p',
    join(dir, 'pid'),
  ];
  const syslogNg = spawn('syslog-ng', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (protocol === 'tcp') await listening(port);
  else await bound(port);
  const lines = async () => {
    let count = 0;
    for (const name of await readdir(out)) {
      const bytes = await readFile(join(out, name));
      for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count += 1;
    }
    return count;
  };
  return {
    port,
    async count() {
      await settled(lines, QUIET_MS);
      await ended(syslogNg);
      return lines();
    },
    stop: () => ended(syslogNg),
  };
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  const ports = await Promise.all(
    servers.map(async (server) => (await once(server, 'listening'), server.address().port)),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

const READY_MS = 10_000;

async function eventually(isReady, what) {
  for (const fromMs = performance.now(); performance.now() - fromMs < READY_MS; await sleep(20))
    if (await isReady()) return;
  throw new Error(`${what} is not there after ${READY_MS} ms`);
}

const listening = (port) =>
  eventually(
    () =>
      new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1');
        socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
        socket.on('connect', () => socket.destroy());
      }),
    `a server at TCP port ${port}`,
  );

const bound = (port) =>
  eventually(async () => {
    const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
    return (await readFile('/proc/net/udp', 'utf8')).includes(`:${hexPort} `);
  }, `a socket at UDP port ${port}`);

export function renderPeers({ rounds, seconds, ways }) {
  const rateOf = (name, shape) => ways.find((way) => way.name === name && way.shape === shape).rate;
  const shapes = ['one message a datagram', 'batched'];
  const names = ['metlog', 'syslog-ng', 'statsd'];
  const rows = shapes.map((shape) => [shape, ...names.map((name) => withNoise(rateOf(name, shape)))]);
  return [
    `The highest rate, in messages a second, at which nothing was lost in ${seconds} s: medians (least–most) of ${rounds} runs, one after the other on the same messages, generators on the same machine. Metlog: three routes to files, and the archive. syslog-ng (Debian's): JSON parsed, three routes to files; it takes batches by TCP only, which makes a sender wait instead of losing. statsd 0.9.0: its own lines, kept in memory, nothing written. Batches are datagrams of 16 KiB.`,
    table(['', ...names], rows),
    [
      ahead('batched: ahead of both', rateOf('metlog', 'batched'), [
        rateOf('syslog-ng', 'batched'),
        rateOf('statsd', 'batched'),
      ]),
      ahead('one message a datagram: not behind statsd', rateOf('metlog', shapes[0]), [rateOf('statsd', shapes[0])]),
    ].join('\n'),
  ].join('\n\n');
}

function ahead(target, ours, theirs) {
  const ratio = ours.median / Math.max(...theirs.map(({ median }) => median));
  return `- ${ratio >= 1 ? 'Met' : '**Not met**'}: ${target}. Measured: ${short(ratio)} × the faster of them.`;
}
