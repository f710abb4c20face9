import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { renderHadoop } from './hadoop-table.mjs';
import { spread } from './lib/numbers.mjs';
import { childrenCpuSeconds, cpuSeconds, here, rssMiB, runChild, startServe } from './lib/processes.mjs';
import { buildEntry } from './lib/store.mjs';

export { renderHadoop };

const RATE_PER_SECOND = 100_000;
const DATAGRAM_BYTES = 16_384;
const EXCEPTION_EVERY = 1_000;
/** A file every ten seconds, instead of one at 128 MiB: as many messages are copied, in ten times as many files. */
const PROMOTION = { mergeEveryMs: 2_000, promoteAfterMs: 10_000 };
const IDLE_SECONDS = 2;
const DRAINED_WITHIN_MS = 120_000;
const USER = 'metlog';
const FOLDER = '/telemetry';
const BLOCK_BYTES = 128 * 1024 * 1024;
const MIB = 1024 * 1024;
const JARS = here('../system/hadoop/lib');
/** Days on paper, of which one is without the store. */
const PAPER_DAYS = 7;
const PAPER_STEP_MS = 60_000;
/** What a message of 300 services takes, as their archive is made in test/store/service-hours.ts; those of the load repeat themselves, and take a third of it. */
const PAPER_BYTES_A_MESSAGE = 12;
/** Messages a second of a router. 300 services with one a second each, with ten, and with forty. */
const PAPER_RATES = [10, 300, 3_000, 12_000];
const run = promisify(execFile);

/** What it costs to copy the archive to a real HDFS while it is written, what one copy costs, and how many files there will be. */
export async function measureHadoop({ dist, rounds = 3, seconds = 60 }) {
  if (!existsSync(JARS)) throw new Error('Hadoop is missing; install it with: test/system/setup.sh');
  const hadoop = await buildEntry('hadoop');
  const { startHdfs, simulateCopies } = await import(hadoop);
  const hdfs = await startHdfs({ blockBytes: BLOCK_BYTES });
  try {
    await hdfs.makeFolder(FOLDER, USER);
    const runs = { local: [], remote: [] };
    for (let round = 0; round < rounds; round++) {
      for (const way of round % 2 === 0 ? ['local', 'remote'] : ['remote', 'local']) {
        const url = way === 'remote' ? hdfs.archiveUrl(`${FOLDER}/round-${round}`) : undefined;
        const measured = await measureServe({ dist, seconds, url });
        runs[way].push({ ...measured, ...(url && (await heldBy(hdfs, `${FOLDER}/round-${round}`))) });
        process.stderr.write(`hadoop ${round + 1}/${rounds} ${way}: ${JSON.stringify(runs[way].at(-1))}\n`);
      }
    }
    const puts = await measurePuts(hdfs, hadoop, rounds);
    const bytesAMessage = spread(runs.remote.map(({ copied }) => copied.copiedBytes / copied.copiedMessages)).median;
    return { rounds, seconds, ...summary(runs), bytesAMessage, puts, paper: onPaper(simulateCopies) };
  } finally {
    await hdfs.stop();
  }
}

function summary({ local, remote }) {
  const of = (runs, read) => spread(runs.map(read));
  return {
    sent: remote.reduce((sum, { sent }) => sum + sent, 0),
    lost: [...local, ...remote].reduce((sum, { sent, accepted }) => sum + sent - accepted, 0),
    rate: of(remote, ({ rate }) => rate),
    localUs: of(local, ({ cpuUs }) => cpuUs),
    remoteUs: of(remote, ({ cpuUs }) => cpuUs),
    ratio: spread(remote.map(({ cpuUs }, index) => cpuUs / local[index].cpuUs)),
    localMiB: of(local, ({ mostMiB }) => mostMiB),
    remoteMiB: of(remote, ({ mostMiB }) => mostMiB),
    copiedFiles: of(remote, ({ copied }) => copied.copiedFiles),
    copiedMiBASecond: of(remote, ({ copied, filledSeconds }) => copied.copiedBytes / MIB / filledSeconds),
    failures: remote.reduce((sum, { copied }) => sum + copied.failures, 0),
    mostWaitingMiB: of(remote, ({ mostWaitingBytes }) => mostWaitingBytes / MIB),
    localDrainSeconds: of(local, ({ drainSeconds }) => drainSeconds),
    remoteDrainSeconds: of(remote, ({ drainSeconds }) => drainSeconds),
    missingMessages: remote.reduce((sum, { accepted, copied }) => sum + accepted - copied.copiedMessages, 0),
    missingBytes: remote.reduce((sum, { copied, heldBytes }) => sum + copied.copiedBytes - heldBytes, 0),
    waitingFiles: remote.reduce((sum, { copied }) => sum + copied.waitingFiles, 0),
  };
}

/** `metlog serve` under load, until all has left `_recent` and, where there is a store, is there. */
async function measureServe({ dist, seconds, url }) {
  const dataDir = await mkdtemp(join(tmpdir(), 'metlog-bench-'));
  const config = join(dataDir, 'config.json');
  await writeFile(
    config,
    JSON.stringify({ archive: { ...PROMOTION, ...(url && { dir: url, hdfs: { user: USER } }) } }),
  );
  const serve = await startServe(dataDir, dist, '--config', config);
  const ledger = async () => (await fetch(`${serve.http.replace(/\/$/, '')}/api/ledger`)).json();
  const samples = { mib: [], waitingBytes: [0] };
  const sampler = setInterval(() => {
    void rssMiB(serve.pid).then((mib) => samples.mib.push(mib));
    void ledger().then(({ archive }) => samples.waitingBytes.push(archive.copy?.waitingBytes ?? 0));
  }, 1_000);
  try {
    await sleep(1_000);
    const idleFrom = await cpuSeconds(serve.pid);
    await sleep(IDLE_SECONDS * 1_000);
    const busyFrom = await cpuSeconds(serve.pid);
    const idlePerSecond = (busyFrom - idleFrom) / IDLE_SECONDS;
    const startedMs = performance.now();
    const load = await runChild('load.mjs', {
      port: serve.udpPort,
      ratePerSecond: RATE_PER_SECOND,
      datagramBytes: DATAGRAM_BYTES,
      seconds,
      exceptionEvery: EXCEPTION_EVERY,
    });
    const loadedMs = performance.now();
    const accepted = await until(async () => {
      const { input, archive } = await ledger();
      const isThere = url
        ? archive.copy.copiedMessages >= input.accepted && archive.copy.waitingFiles === 0
        : (await promotedEnd(dataDir)) >= input.accepted;
      return isThere && archive.cursor >= input.accepted ? input.accepted : undefined;
    });
    const filledSeconds = (performance.now() - startedMs) / 1_000;
    const cpu = (await cpuSeconds(serve.pid)) - busyFrom - idlePerSecond * filledSeconds;
    const { archive } = await ledger();
    return {
      sent: load.sent,
      accepted,
      rate: load.sent / load.elapsedSeconds,
      cpuUs: (cpu * 1e6) / accepted,
      mostMiB: Math.max(...samples.mib),
      mostWaitingBytes: Math.max(...samples.waitingBytes),
      drainSeconds: (performance.now() - loadedMs) / 1_000,
      filledSeconds,
      copied: archive.copy,
    };
  } finally {
    clearInterval(sampler);
    await serve.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function until(read) {
  const giveUpMs = performance.now() + DRAINED_WITHIN_MS;
  for (;;) {
    const found = await read();
    if (found !== undefined) return found;
    if (performance.now() > giveUpMs) throw new Error(`it is not copied ${DRAINED_WITHIN_MS / 1_000} s after the load`);
    await sleep(200);
  }
}

/** The offset after the last message that has left `_recent`. */
async function promotedEnd(dataDir) {
  const names = await readdir(`${dataDir}/archive`, { recursive: true });
  const lasts = names.map((name) => Number(/^dt=.*-(\d{16})\.parquet$/.exec(name)?.[1] ?? -1));
  return Math.max(-1, ...lasts) + 1;
}

/** What the NameNode says there is. */
async function heldBy(hdfs, folder) {
  const { ContentSummary } = await hdfs.webHdfs('GET', folder, { op: 'GETCONTENTSUMMARY' });
  const { FileStatuses } = await hdfs.webHdfs('GET', `${folder}/_types`, { op: 'LISTSTATUS' }).catch(() => ({
    FileStatuses: { FileStatus: [] },
  }));
  const others = FileStatuses.FileStatus.reduce((sum, { length }) => sum + length, 0);
  return { heldBytes: ContentSummary.length - others };
}

/** One file of 128 MiB, by us and by others. The DataNode's part is not in the CPU. */
async function measurePuts(hdfs, hadoop, rounds) {
  const dir = await mkdtemp(join(tmpdir(), 'metlog-bench-'));
  const from = join(dir, 'file');
  await writeFile(from, randomBytes(BLOCK_BYTES));
  const nameNode = hdfs.httpAddresses[0];
  const place = { kind: 'hdfs', nameNodes: [nameNode], path: `${FOLDER}/puts` };
  let count = 0;
  const ways = {
    'Metlog, and verified by checksum': () => {
      const path = `dt=2026-11-22/bench-00000000.${String(++count).padStart(16, '0')}-${String(count).padStart(16, '0')}.parquet`;
      return runChild('hadoop-put-child.mjs', { hadoop, place, user: USER, from, path });
    },
    '`curl`, WebHDFS in two steps': () =>
      timed('sh', [
        '-c',
        'curl -sf -o /dev/null -X PUT -T "$1" "$(curl -sf -X PUT "$2" | sed -E \'s/.*"Location":"([^"]*)".*/\\1/\')"',
        'sh',
        from,
        `http://${nameNode}/webhdfs/v1${FOLDER}/puts/curl-${++count}?op=CREATE&noredirect=true&user.name=${USER}`,
      ]),
    '`hdfs dfs -put`, with its JVM': () =>
      timed(
        'java',
        ['-Xmx256m', '-cp', `${hdfs.confDir}:${JARS}/*`, 'org.apache.hadoop.fs.FsShell', '-put', from, `${FOLDER}/puts/java-${++count}`], // prettier-ignore
        { HADOOP_USER_NAME: USER },
      ),
    'a copy on the same disk': () => timed('cp', [from, `${from}-${++count}`]),
  };
  const puts = [];
  try {
    await hdfs.makeFolder(`${FOLDER}/puts`, USER);
    await copyFile(from, `${from}-warm`);
    const runs = Object.keys(ways).map(() => []);
    for (let round = 0; round < rounds; round++)
      for (const [index, put] of Object.values(ways).entries()) runs[index].push(await put());
    for (const [index, label] of Object.keys(ways).entries())
      puts.push({
        label,
        mibASecond: spread(runs[index].map(({ seconds }) => BLOCK_BYTES / MIB / seconds)),
        cpuMsAMib: spread(runs[index].map(({ cpuMs }) => cpuMs / (BLOCK_BYTES / MIB))),
      });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  return puts;
}

async function timed(command, args, env = {}) {
  const cpuFrom = await childrenCpuSeconds();
  const startedMs = performance.now();
  await run(command, args, { env: { ...process.env, ...env } });
  const seconds = (performance.now() - startedMs) / 1_000;
  return { seconds, cpuMs: ((await childrenCpuSeconds()) - cpuFrom) * 1_000 };
}

function onPaper(simulateCopies) {
  return PAPER_RATES.map((ratePerSecond) => {
    const bytesAnHour = ratePerSecond * 3_600 * PAPER_BYTES_A_MESSAGE;
    const { remote } = simulateCopies({ bytesAnHour, days: PAPER_DAYS, stepMs: PAPER_STEP_MS });
    const files = [...remote.values()].map((there) => there.length);
    const largest = Math.max(...[...remote.values()].flat().map(({ bytes }) => bytes));
    return {
      ratePerSecond,
      mibADay: (bytesAnHour * 24) / MIB,
      mostFiles: Math.max(...files),
      largestMiB: largest / MIB,
    };
  });
}
