import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { longestTask, withChromium, withPage } from './lib/chromium.mjs';
import { short, spread, withNoise } from './lib/numbers.mjs';
import { query, settled, startServe } from './lib/processes.mjs';
import { table } from './lib/table.mjs';
import { verdict } from './lib/verdict.mjs';
import { startRefusing, startSite } from './page-site.mjs';

/** A slow mobile network. */
const SLOW = { latencyMs: 150, bytesPerSecond: 94 * 1024 };
const EVENTS = 150;
/** Nothing arrives any more once nothing has for so long: retries are at most a few seconds apart. */
const QUIET_MS = 6_000;

/** Calls in a burst whose time is one sample; the page's clock has steps of 0.1 ms. */
const BURST_CALLS = 2_000;
const BURSTS = 60;
const QUEUED = 10_000;
/** Queued this many in each task, as an application would in the course of its work. */
const QUEUED_IN_A_TASK = 50;

const sayEvents = (run, count) =>
  `for (let n = 0; n < ${count}; n++) metlog.send('bench.event', { payload: 'x'.repeat(1000), metadata: { run: '${run}', n } });`;

/** What a page says before what it does then, in the same task. `said`: how many messages. */
const WAYS = {
  two: {
    label: 'an error and an event, then `location.assign`, to a page without the SDK',
    said: 2,
    say: (run) =>
      `metlog.exception(new Error('no'), { metadata: { run: '${run}', n: 0 } }); metlog.send('bench.event', { metadata: { run: '${run}', n: 1 } });`,
    next: '/bare',
  },
  with: {
    label: `${EVENTS} events of 1 KB, then to a page with the SDK`,
    said: EVENTS,
    say: (run) => sayEvents(run, EVENTS),
    next: '/shop',
  },
  without: {
    label: `${EVENTS} events of 1 KB, then to a page without it`,
    said: EVENTS,
    say: (run) => sayEvents(run, EVENTS),
    next: '/bare',
  },
  refused: {
    label: '10 events; the collector answers 503 twice; the page stays',
    said: 10,
    say: (run) => sayEvents(run, 10),
    refusals: 2,
  },
};

/** What arrives of a page that is left, and what the SDK costs one that stays, in Chromium. */
export async function measurePage({ dist, rounds = 5 }) {
  const dataDir = await mkdtemp(join(tmpdir(), 'metlog-bench-'));
  const serve = await startServe(dataDir, dist);
  try {
    return await withChromium(async (browser) => {
      const bench = { browser, serve, dist, dataDir };
      const delivery = {};
      for (const id of Object.keys(WAYS)) delivery[id] = [];
      for (let round = 0; round < rounds; round++) {
        for (const id of Object.keys(WAYS)) {
          const got = await deliver(bench, id, `${id}-${round}`);
          delivery[id].push(got);
          process.stderr.write(`page ${round + 1}/${rounds} ${id}: ${got.stored} stored, ${got.twice} twice\n`);
        }
      }
      return {
        rounds,
        delivery,
        incrNs: await costOfIncr(bench),
        tasks: await longestTasks(bench, rounds),
        browser: browser.version(),
      };
    });
  } finally {
    await serve.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function deliver({ browser, serve, dist, dataDir }, id, run) {
  const { say, next, refusals = 0 } = WAYS[id];
  const door = await startRefusing(serve.http, refusals);
  const collector = refusals > 0 ? door.origin : serve.http;
  const site = await startSite(dist, collector);
  try {
    return await withPage(browser, `${site.origin}/shop`, SLOW, async (page) => {
      const leave = next === undefined ? '' : `location.assign('${next}');`;
      // In a task of its own, so that the page is not left while it is asked.
      await page.evaluate(`setTimeout(() => { ${say(run)} ${leave} }), null`);
      if (next !== undefined) await page.waitForURL(`**${next}`, { waitUntil: 'load' });
      const sql = `select count(*)::double as rows, count(distinct metadata->>'n')::double as stored from messages where (metadata->>'run') = '${run}'`;
      const [{ rows, stored }] = await settled(() => query(dataDir, dist, sql), QUIET_MS);
      return { stored, twice: rows - stored, ...(refusals > 0 && { posts: door.posts }) };
    });
  } finally {
    await site.stop();
    await door.stop();
  }
}

/** Nanoseconds that a call of `incr` takes until it returns, in bursts; what is queued leaves between them. */
async function costOfIncr({ browser, serve, dist }) {
  const site = await startSite(dist, serve.http);
  try {
    return await withPage(browser, `${site.origin}/shop`, {}, async (page) =>
      spread(
        await page.evaluate(`(async () => {
          const samples = [];
          for (let burst = 0; burst < ${BURSTS}; burst++) {
            const startedMs = performance.now();
            for (let n = 0; n < ${BURST_CALLS}; n++) metlog.incr('bench.incr');
            samples.push(((performance.now() - startedMs) * 1e6) / ${BURST_CALLS});
            await metlog.flush();
          }
          return samples.slice(${BURSTS} / 3); // the compiler has seen it by then
        })()`),
      ),
    );
  } finally {
    await site.stop();
  }
}

/** What the page does while its main thread is watched. */
const TASKS = {
  control: { label: 'the same tasks without a call', call: 'Math.random()', isDrained: 'true' },
  metlog: { label: `${QUEUED.toLocaleString('en-US')} messages queued, sent, and acknowledged` },
  hidden: {
    label: `hidden with ${QUEUED.toLocaleString('en-US')} messages queued`,
    // All said in one task, which is no part of what is measured; next to nothing has left when the page is hidden.
    before: `await metlog.flush(10_000); for (let n = 0; n < ${QUEUED}; n++) metlog.incr('bench.queued');`,
    run: `
      await task();
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
      document.dispatchEvent(new Event('visibilitychange'));
      await new Promise((resolve) => setTimeout(resolve, 3000));`,
  },
};

/** Calls in tasks of their own, until nothing of them waits. */
const sayInTasks = (call, isDrained) => `
  for (let n = 0; n < ${QUEUED}; n++) {
    ${call};
    if (n % ${QUEUED_IN_A_TASK} === 0) await task();
  }
  while (!(${isDrained})) await new Promise((resolve) => setTimeout(resolve, 50));`;

async function longestTasks({ browser, serve, dist }, rounds) {
  const result = {};
  for (const [id, what] of Object.entries(TASKS)) {
    const { call = "metlog.incr('bench.queued')", isDrained = 'metlog.stats.queued === 0' } = what;
    const { before = '', run = sayInTasks(call, isDrained) } = what;
    const samples = [];
    for (let round = 0; round < rounds; round++) {
      const site = await startSite(dist, serve.http);
      await withPage(browser, `${site.origin}/shop`, SLOW, async (page) => {
        const script = `(async () => {
          const task = () => new Promise((resolve) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = resolve; port2.postMessage(null); });
          for (let n = 0; n < ${QUEUED / 10}; n++) { ${call}; } // the compiler has seen it by then
          await new Promise((resolve) => setTimeout(resolve, 3000));
          ${before}
          performance.mark('from');
          ${run}
          performance.mark('to');
        })()`;
        samples.push(await longestTask(browser, page, () => page.evaluate(script)));
      });
      await site.stop();
    }
    result[id] = {
      cpuMs: spread(samples.map(({ cpuMs }) => cpuMs)),
      clockMs: spread(samples.map(({ clockMs }) => clockMs)),
    };
    process.stderr.write(`page ${id}: longest task ${short(result[id].cpuMs.median)} ms of CPU\n`);
  }
  return result;
}

export function renderPage({ rounds, delivery, incrNs, tasks, browser }) {
  const rows = Object.entries(delivery).map(([id, runs]) => {
    const { min, max } = spread(runs.map(({ stored }) => stored));
    const twice = runs.reduce((sum, run) => sum + run.twice, 0);
    return [WAYS[id].label, WAYS[id].said, min === max ? min : `${min}–${max}`, twice];
  });
  const least = (id) => Math.min(...delivery[id].map(({ stored }) => stored));
  const twice = Object.values(delivery)
    .flat()
    .reduce((sum, run) => sum + run.twice, 0);
  const held = (target, isMet, got) => `- ${isMet ? 'Met' : '**Not met**'}: ${target}. Measured: ${got}.`;
  return [
    `Chromium ${browser} on a network of 150 ms and 94 KB/s, the collector (\`metlog serve\`) on another origin; ${rounds} runs of each, least and most. A page says it all in one task, in which it also leaves; then the store is asked.`,
    table(['a page says', 'said', 'stored', 'twice'], rows),
    `The longest task of the page's main thread, in milliseconds, as Chromium traces it: of the thread's CPU, and by the clock, which goes on while Chromium's other processes have the core. A task of the page makes ${QUEUED_IN_A_TASK} calls. Medians (least–most) of ${rounds} runs.`,
    table(
      ['', 'CPU, ms', 'by the clock, ms'],
      Object.entries(tasks).map(([id, { cpuMs, clockMs }]) => [TASKS[id].label, withNoise(cpuMs), withNoise(clockMs)]),
    ),
    [
      held('both messages of a page that leaves in the same task', least('two') === 2, `${least('two')} of 2`),
      held(
        `${EVENTS} of ${EVENTS} where the next page has the SDK`,
        least('with') === EVENTS,
        `${least('with')} of ${EVENTS} at least`,
      ),
      held('none twice', twice === 0, `${twice}`),
      held('delivered after two 503s', least('refused') === WAYS.refused.said, `${least('refused')} of 10`),
      verdict('`incr` at most 2,000 ns in the call', incrNs.median, 2_000, ' ns'),
      verdict('no task longer than 5 ms while it is looked at', tasks.metlog.cpuMs.max, 5, ' ms of CPU at most'),
      verdict('none longer than 5 ms when it is hidden', tasks.hidden.cpuMs.max, 5, ' ms of CPU at most'),
    ].join('\n'),
  ].join('\n\n');
}
