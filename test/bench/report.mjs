import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHROMIUM, withChromium, withPage } from './lib/chromium.mjs';
import { short, spread, withNoise } from './lib/numbers.mjs';
import { archiveState, cpuSeconds, rssMiB, runChild, settled, startServe } from './lib/processes.mjs';
import { table } from './lib/table.mjs';
import { verdict } from './lib/verdict.mjs';
import { reportProbes } from './report-probes.mjs';
import { reportStore } from './report-store.mjs';

const MESSAGES = 10_000_000;
const DAYS = 7;
const COLD_ROUNDS = 3;
const WARM_REQUESTS = 30;
/** Not counted: the first ones find code and files cold. */
const WARM_UP = 2;
const COLD_TARGET_MS = 1_500;
const MEMORY_TARGET_MIB = 600;
const VIEW_TARGET_MS = 1_000;
const LOAD_PER_SECOND = 20_000;
const LOAD_SECONDS = 20;
const DATAGRAM_BYTES = 1_432;
const ARCHIVE_QUIET_MS = 2_500;
/** Reads the metadata of every message, as no index helps it. */
const HEAVY_SQL = `select count(*) as found from messages where (metadata->>'$.nothing') = 'is found'`;
/** What stands in the way of the targets, as far as it is known. */
const CAUSES =
  'The first view is over when all five answers are drawn that the overview asks for, of a process that has read nothing yet, beside a browser that starts on the same two cores. A group of exceptions is read message by message, and no index has the words of a text.';
const DROP_CACHES = '/proc/sys/vm/drop_caches';

/** The report over HTTP, on an archive of ten million messages: cold, warm, what it takes in memory, and what it does to messages that arrive meanwhile. */
export async function measureReport({
  dist,
  messages = MESSAGES,
  rounds = COLD_ROUNDS,
  maxAgeMs,
  only,
  seconds = LOAD_SECONDS,
}) {
  const store = await reportStore({ messages, days: DAYS, ...(maxAgeMs !== undefined && { maxAgeMs }) });
  // What is served is written to: messages arrive, and the archive merges itself.
  const dataDir = await mkdtemp(join(tmpdir(), 'metlog-bench-report-'));
  try {
    await cp(join(store.dir, 'archive'), join(dataDir, 'archive'), { recursive: true, preserveTimestamps: true });
    const found = await withServe(dataDir, dist, ({ http }) => findTexts(http));
    const probes = reportProbes(store.nowMs, found).filter(({ label }) => only === undefined || label.includes(only));
    const warm = await withServe(dataDir, dist, (serve) => measureWarm(serve, probes));
    const there = probes.filter((_, index) => warm.probes[index].problem === undefined);
    const cold = await measureCold(there, { dataDir, dist, rounds });
    const view = await measureView({ dataDir, dist, rounds, nowMs: store.nowMs });
    const load = await withServe(dataDir, dist, (serve) => measureLoad(serve, { dataDir, probes: there, seconds }));
    return {
      messages: store.messages,
      files: store.files,
      bytes: store.bytes,
      makingSeconds: store.seconds,
      rounds,
      ...warm,
      cold,
      view,
      load,
    };
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function withServe(dataDir, dist, use) {
  const serve = await startServe(dataDir, dist);
  try {
    return await use(serve);
  } finally {
    await serve.stop();
  }
}

/** Names, requests and groups that are in the store. */
async function findTexts(http) {
  const column = async (sql) => (await query(http, sql)).map(({ found }) => found);
  const names = await column(`select name as found from timers group by name order by count(*) desc limit 30`);
  const fingerprints = await column(
    `select fingerprint as found from exceptions group by fingerprint order by count(*) desc limit 30`,
  );
  const requests = await query(
    http,
    `select metadata->>'$.request_id' as id, received from messages where type = 'order.placed' and seq % 4999 = 7 and (metadata->>'$.request_id') is not null`,
  );
  return { names, fingerprints, requests };
}

async function measureWarm({ http, pid }, probes) {
  const measured = [];
  for (const { label, targetMs, ask } of probes) {
    const timesMs = [];
    let problem;
    let fromCpu = 0;
    for (let n = 0; n < WARM_UP + WARM_REQUESTS && problem === undefined; n++) {
      if (n === WARM_UP) fromCpu = await cpuSeconds(pid);
      const answer = await timed(http, ask(n));
      problem = answer.problem;
      if (n >= WARM_UP) timesMs.push(answer.ms);
    }
    const cpuMs = (1_000 * ((await cpuSeconds(pid)) - fromCpu)) / WARM_REQUESTS;
    const times = { p50: quantile(timesMs, 0.5), p95: quantile(timesMs, 0.95), most: Math.max(...timesMs), cpuMs };
    measured.push({ label, targetMs, ...(problem === undefined ? times : { problem }) });
    const said = problem ?? `${short(times.p95)} ms p95, ${short(cpuMs)} ms of CPU each`;
    process.stderr.write(`report, warm: ${label}: ${said}\n`);
  }
  return { probes: measured, rssMiB: await rssMiB(pid), peakMiB: await peakMiB(pid) };
}

/** The first answer of a fresh process; without the system's copy of the files too, where that may be thrown away. */
async function measureCold(probes, { dataDir, dist, rounds }) {
  let emptied = true;
  const firsts = {};
  for (const { label, ask } of probes) {
    const times = [];
    for (let round = 0; round < rounds; round++) {
      const { ms } = await withServe(dataDir, dist, async ({ http }) => {
        emptied = (await dropCaches()) && emptied;
        return timed(http, ask(round));
      });
      times.push(ms);
    }
    firsts[label] = spread(times);
    process.stderr.write(`report, cold: ${label}: ${short(firsts[label].median)} ms\n`);
  }
  return { emptied, firsts };
}

/** From the address to the first page, in Chromium with a fresh profile and a fresh process to ask. */
async function measureView({ dataDir, dist, rounds, nowMs }) {
  if (!existsSync(CHROMIUM)) return { skipped: 'Chromium is not installed' };
  const views = [];
  for (const [label, hours] of [
    ['last hour', 1],
    ['last 7 days', 7 * 24],
  ]) {
    const range = { from: new Date(nowMs - hours * 3_600_000).toISOString(), to: new Date(nowMs).toISOString() };
    const times = [];
    for (let round = 0; round < rounds; round++) {
      times.push(
        await withServe(dataDir, dist, ({ http }) =>
          withChromium((browser) =>
            withPage(browser, `${http}/#/?${new URLSearchParams(range)}`, {}, async (page) => {
              const shown = await page.waitForFunction(shownAt, undefined, { polling: 'raf', timeout: 30_000 });
              return shown.jsonValue();
            }),
          ),
        ),
      );
    }
    views.push({ label, ms: spread(times) });
    process.stderr.write(`report, first view: ${label}: ${short(spread(times).median)} ms\n`);
  }
  return { views };
}

/** In the page: how long after it was asked for all that it asks for itself is answered and drawn; 0 while it is not. */
function shownAt() {
  const parts = [...document.querySelectorAll('.answered')];
  const isShown = parts.length > 0 && parts.every((part) => part.getAttribute('aria-busy') !== 'true');
  return isShown ? performance.now() : 0;
}

/** Messages that arrive while one heavy query after the other runs, and reports beside them. */
async function measureLoad({ http, udpPort, pid }, { dataDir, probes, seconds }) {
  const before = await archiveState(dataDir);
  let running = true;
  const heavyMs = [];
  const besideMs = [];
  const heavy = repeat(async () => heavyMs.push((await timed(http, { sql: HEAVY_SQL })).ms));
  const overviews = probes.filter(({ label }) => label.startsWith('overview'));
  let turn = 0;
  const beside = repeat(async () => {
    if (overviews.length > 0) besideMs.push((await timed(http, overviews[turn % overviews.length].ask(turn++))).ms);
    await sleep(500);
  });
  const load = await runChild('load.mjs', {
    port: udpPort,
    ratePerSecond: LOAD_PER_SECOND,
    datagramBytes: DATAGRAM_BYTES,
    seconds,
  });
  running = false;
  await Promise.all([heavy, beside]);
  await settled(() => archiveState(dataDir), ARCHIVE_QUIET_MS);
  const [{ rows }] = await query(
    http,
    `select count(*) as rows from messages where logger in ('shop0', 'shop1', 'shop2', 'shop3')`,
  );
  const ledger = await (await fetch(`${http}/api/ledger`)).json();
  return {
    ratePerSecond: LOAD_PER_SECOND,
    actualRate: load.sent / load.elapsedSeconds,
    sent: load.sent,
    lost: load.sent - rows,
    archived: (await archiveState(dataDir)).end - before.end,
    books: missingOf(ledger),
    heavyCount: heavyMs.length,
    heavyMs: spread(heavyMs),
    ...(besideMs.length > 0 && { besideP95: quantile(besideMs, 0.95) }),
    peakMiB: await peakMiB(pid),
  };

  async function repeat(task) {
    while (running) await task();
  }
}

/** What the books say is missing, of all senders together. */
function missingOf({ path }) {
  return path.total.missing;
}

async function timed(http, { path, sql }) {
  const startedMs = performance.now();
  const response = await (sql === undefined
    ? fetch(http + path)
    : fetch(`${http}/api/query`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ sql }),
      }));
  const text = await response.text();
  const ms = performance.now() - startedMs;
  return response.ok ? { ms, text } : { ms, problem: `answered with ${response.status}: ${text.trim().slice(0, 200)}` };
}

async function query(http, sql) {
  const { text, problem } = await timed(http, { sql });
  if (problem !== undefined) throw new Error(`${sql}: ${problem}`);
  return JSON.parse(text).rows;
}

/** The most that the process has ever had in RAM, in MiB. */
async function peakMiB(pid) {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}

/** Whether the system's copies of files could be thrown away, which only root may. */
async function dropCaches() {
  try {
    execFileSync('sync');
    await writeFile(DROP_CACHES, '3');
    return true;
  } catch {
    return false; // said in the table: files may come from memory then
  }
}

function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)];
}

export function renderReport({ messages, files, bytes, rounds, probes, peakMiB: peak, cold, view, load }) {
  const answered = probes.filter(({ problem }) => problem === undefined);
  const rows = answered.map(({ label, p50, p95, most, cpuMs }) => [
    label,
    short(p50),
    short(p95),
    short(most),
    short(cpuMs),
    withNoise(cold.firsts[label]),
  ]);
  const worst = (read) => Math.max(...answered.map(read));
  const late = answered.filter(({ p95, targetMs }) => p95 > targetMs);
  const lateCold = answered.filter(({ label }) => cold.firsts[label].median > COLD_TARGET_MS);
  return [
    `An archive of ${messages.toLocaleString('en-US')} messages over ${DAYS} days, ${files} files of ${short(bytes / 2 ** 20)} MiB: 200 metric names, 30 loggers, 60 groups of exceptions, 100,000 users. \`metlog serve\` on it is asked over HTTP, ${WARM_REQUESTS} times in a row each with another window or value; "cold" is the first answer of a fresh process${cold.emptied ? ', with no file of the archive in the system’s memory' : ', the archive’s files possibly in the system’s memory'} (${rounds} runs, median, least–most). Times are milliseconds; "CPU" is that of the whole process for one answer, in the mean.`,
    table(['', 'p50', 'p95', 'most', 'CPU', 'cold'], rows),
    [
      ...probes
        .filter(({ problem }) => problem !== undefined)
        .map(({ label, problem }) => `- **Not measured**: ${label}: ${problem}.`),
      ...(answered.length === 0
        ? []
        : [
            verdict(
              `every p95 at most 300 ms, warm${late.length > 0 ? ` (not: ${late.map(({ label }) => label).join('; ')})` : ''}`,
              worst(({ p95 }) => p95),
              300,
              ' ms at worst',
            ),
            verdict(
              `cold at most 1.5 s${lateCold.length > 0 ? ` (not: ${lateCold.map(({ label }) => label).join('; ')})` : ''}`,
              worst(({ label }) => cold.firsts[label].median),
              COLD_TARGET_MS,
              ' ms at worst',
            ),
          ]),
      verdict('at most 600 MiB of memory while it is asked', Math.max(peak, load.peakMiB), MEMORY_TARGET_MIB, ' MiB'),
      verdict(
        `nothing lost of ${load.ratePerSecond.toLocaleString('en-US')} messages a second while one heavy query after the other runs (${load.sent.toLocaleString('en-US')} sent at ${short(load.actualRate)}/s in ${load.heavyCount} queries of ${withNoise(load.heavyMs)} ms; the books say ${load.books} missing${load.besideP95 === undefined ? '' : `; overviews beside them took ${short(load.besideP95)} ms, p95`})`,
        load.lost,
        0,
        '',
      ),
      ...(view.skipped === undefined
        ? view.views.map(({ label, ms }) =>
            verdict(
              `first view of the ${label} at most 1 s, Chromium and process fresh (${withNoise(ms)})`,
              ms.median,
              VIEW_TARGET_MS,
              ' ms',
            ),
          )
        : [`- **Not measured**: the first view: ${view.skipped}.`]),
    ].join('\n'),
    CAUSES,
  ].join('\n\n');
}
