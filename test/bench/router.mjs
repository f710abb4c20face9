import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { short, spread, withNoise } from './lib/numbers.mjs';
import {
  archiveState,
  childrenCpuSeconds,
  cpuSeconds,
  query,
  runChild,
  settled,
  startHelper,
  startServe,
} from './lib/processes.mjs';
import { table } from './lib/table.mjs';
import { verdict } from './lib/verdict.mjs';

const RATES = [20_000, 50_000, 100_000, 200_000];
const SHAPES = [
  { label: 'batched, 16 KiB', datagramBytes: 16_384 },
  { label: 'batched, 1432 bytes', datagramBytes: 1_432 },
  { label: 'one message each', datagramBytes: 0 },
];
/** What one process cannot send at this rate, two send. */
const MAX_DATAGRAMS_PER_GENERATOR = 50_000;
const MESSAGES_PER_KIB = 7;
const IDLE_SECONDS = 2;
/** `metlog serve` looks for what is to be merged every 10 s: nothing happens for longer when it has caught up. */
const MERGE_QUIET_MS = 12_000;
const ARCHIVE_QUIET_MS = 2_500;

/** From socket to Parquet: CPU a message and messages lost, at several rates and shapes. */
export async function measureRouter({ dist, rounds = 3, seconds = 10, rates = RATES, only, ways = [false, true] }) {
  const cases = SHAPES.flatMap((shape) =>
    rates.flatMap((ratePerSecond) =>
      ways
        .map((merging) => ({ ...shape, ratePerSecond, merging, seconds }))
        .filter(({ merging }) => !merging || shape === SHAPES[0]),
    ),
  ).filter(({ label }) => only === undefined || label.includes(only));
  const runs = cases.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, given] of cases.entries()) {
      const run = await (given.merging ? measureMerging(given, dist) : measureFirstFile(given, dist));
      runs[index].push(run);
      process.stderr.write(
        `router ${round + 1}/${rounds} ${given.label} at ${short(given.ratePerSecond)}/s${given.merging ? ', merging' : ''}: ` +
          `${short(run.actualRate)}/s sent, ${run.sent - run.rows} of ${run.sent} lost, ${short(run.cpuUs)} µs\n`,
      );
    }
  }
  return { rounds, seconds, cases: cases.map((given, index) => summary(given, runs[index])) };
}

function summary({ label, ratePerSecond, merging }, runs) {
  const sum = (read) => runs.reduce((total, run) => total + read(run), 0);
  return {
    label,
    ratePerSecond,
    merging,
    cpuUs: spread(runs.map((run) => run.cpuUs)),
    actualRate: spread(runs.map((run) => run.actualRate)),
    sent: sum((run) => run.sent),
    lost: sum((run) => run.sent - run.rows),
    droppedDatagrams: sum((run) => run.droppedDatagrams),
    duplicates: sum((run) => run.rows - run.distinct),
    ...(merging && { closingUs: spread(runs.map((run) => run.closingUs)) }),
  };
}

async function measureFirstFile(given, dist) {
  return inTempDir(async (dataDir) => {
    const host = await startHelper('router-host.mjs', { dataDir, dist });
    const { udpPort } = host.started;
    const run = await underLoad(given, { dataDir, dist, pid: host.pid, udpPort, quietMs: ARCHIVE_QUIET_MS });
    await host.stop();
    return { ...run, ...(await countRows(dataDir, dist, run)) };
  });
}

async function measureMerging(given, dist) {
  return inTempDir(async (dataDir) => {
    const serve = await startServe(dataDir, dist);
    const run = await underLoad(given, {
      dataDir,
      dist,
      pid: serve.pid,
      udpPort: serve.udpPort,
      quietMs: MERGE_QUIET_MS,
    });
    await serve.stop();
    const counted = await countRows(dataDir, dist, run);
    const closingCpu = (await cpuOfMerge(dataDir, dist)) - (await cpuOfMerge(dataDir, dist)); // the second finds nothing to do
    return { ...run, ...counted, closingUs: (closingCpu * 1e6) / counted.rows };
  });
}

async function inTempDir(run) {
  const dir = await mkdtemp(join(tmpdir(), 'metlog-bench-'));
  try {
    return await run(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function underLoad({ ratePerSecond, datagramBytes, seconds }, { dataDir, pid, udpPort, quietMs }) {
  await sleep(1_000);
  const idleFrom = await cpuSeconds(pid);
  await sleep(IDLE_SECONDS * 1_000);
  const busyFrom = await cpuSeconds(pid);
  const idlePerSecond = (busyFrom - idleFrom) / IDLE_SECONDS;
  const startedMs = performance.now();
  const perDatagram = datagramBytes === 0 ? 1 : (datagramBytes / 1_024) * MESSAGES_PER_KIB;
  const generators = ratePerSecond / perDatagram > MAX_DATAGRAMS_PER_GENERATOR ? 2 : 1;
  const task = { port: udpPort, ratePerSecond: ratePerSecond / generators, datagramBytes, seconds };
  const loads = await Promise.all(Array.from({ length: generators }, () => runChild('load.mjs', task)));
  await settled(() => archiveState(dataDir), quietMs);
  const elapsedSeconds = (performance.now() - startedMs) / 1_000;
  const cpu = (await cpuSeconds(pid)) - busyFrom - idlePerSecond * elapsedSeconds;
  return {
    sent: loads.reduce((sum, load) => sum + load.sent, 0),
    actualRate: loads.reduce((sum, load) => sum + load.sent / load.elapsedSeconds, 0),
    cpuSeconds: cpu,
    droppedDatagrams: await kernelDrops(udpPort),
  };
}

async function countRows(dataDir, dist, { cpuSeconds: cpu }) {
  const [{ rows, distinct }] = await query(
    dataDir,
    dist,
    'select count(*)::double as rows, count(distinct hash(sender, seq))::double as distinct from messages',
  );
  return { rows, distinct, cpuUs: (cpu * 1e6) / rows };
}

/** Datagrams that did not fit into the receive buffer of the socket on `port`: the last column of /proc/net/udp. */
async function kernelDrops(port) {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  for (const line of (await readFile('/proc/net/udp', 'utf8')).split('\n')) {
    const columns = line.trim().split(/\s+/);
    if (columns[1]?.endsWith(`:${hexPort}`)) return Number(columns.at(-1));
  }
  return 0;
}

/** CPU seconds of one `metlog merge`, which does at once what a running `metlog serve` does over a day. */
async function cpuOfMerge(dataDir, dist) {
  const before = await childrenCpuSeconds();
  const child = spawn(process.execPath, [`${dist}/cli.js`, 'merge', '--data-dir', dataDir], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`metlog merge ended with code ${code}`);
  return (await childrenCpuSeconds()) - before;
}

export function renderRouter({ rounds, seconds, cases }) {
  const rows = cases.map((measured) => [
    `${measured.label}${measured.merging ? '; merging' : ''}`,
    measured.ratePerSecond.toLocaleString('en-US'),
    withNoise(measured.actualRate),
    withNoise(measured.cpuUs),
    measured.merging ? withNoise(measured.closingUs) : '',
    measured.sent.toLocaleString('en-US'),
    measured.lost.toLocaleString('en-US'),
  ]);
  const head = ['datagrams', 'asked for, /s', 'sent, /s', 'CPU a message, µs', 'closing the day, µs', 'sent', 'lost'];
  return [
    `Messages from other processes on the same machine to the archive: ${rounds} runs of ${seconds} s each, medians (least–most). CPU is that of the whole router process, all threads, less what it uses idle, until the last message is in a Parquet file. Without "merging": to the first file, merging put off. With it: \`metlog serve\`, until it has no more to merge; "closing the day" is what the moves into the day's folder and its last merge add (\`metlog merge\`). "Lost" is what was sent less the rows that \`metlog query\` counts.`,
    table(head, rows),
    verdicts(cases).join('\n'),
  ].join('\n\n');
}

function verdicts(cases) {
  const find = (ratePerSecond, merging) =>
    cases.find(
      (one) => one.label === SHAPES[0].label && one.ratePerSecond === ratePerSecond && one.merging === merging,
    );
  const first = find(100_000, false);
  const merged = find(100_000, true);
  const lines = [];
  if (first)
    lines.push(verdict('nothing lost at 100,000 messages a second, batched', first.lost + (merged?.lost ?? 0), 0, ''));
  if (first)
    lines.push(
      verdict('at most 5 µs of CPU a message to the first file, at 100,000/s batched', first.cpuUs.median, 5, ' µs'),
    );
  if (merged)
    lines.push(
      verdict(
        'at most 7 µs with merging, closing the day included',
        merged.cpuUs.median + merged.closingUs.median,
        7,
        ' µs',
      ),
    );
  const slow = cases.filter((one) => one.actualRate.median < 0.95 * one.ratePerSecond);
  for (const one of slow)
    lines.push(
      `- ${one.label} at ${one.ratePerSecond.toLocaleString('en-US')}/s: generator and router together need more than this machine has; ${short(one.actualRate.median)}/s were sent.`,
    );
  const lossy = cases.filter((one) => one.lost > 0);
  for (const one of lossy)
    lines.push(
      `- ${one.label} at ${one.ratePerSecond.toLocaleString('en-US')}/s${one.merging ? ', merging' : ''}: ${short((100 * one.lost) / one.sent)} % lost; the kernel dropped ${one.droppedDatagrams.toLocaleString('en-US')} datagrams, its receive buffer being full.`,
    );
  const doubled = cases.filter((one) => one.duplicates > 0);
  for (const one of doubled) lines.push(`- **Wrong**: ${one.duplicates} rows are in the archive more than once.`);
  return lines;
}
