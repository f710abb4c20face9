import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

/** Debian's. */
export const CHROMIUM = '/usr/bin/chromium';
/** Nobody listens there: what a browser would tell its makers in the background stays on this machine. Loopback goes past it. */
const DEAD_PROXY = 'http://127.0.0.1:9';

/** Runs `use` with Debian's Chromium, which has a home of its own and is ended afterwards. */
export async function withChromium(use) {
  if (!existsSync(CHROMIUM)) {
    throw new Error('chromium is missing: apt-get install --no-install-recommends chromium');
  }
  const home = await mkdtemp(join(tmpdir(), 'metlog-bench-chromium-'));
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [`--proxy-server=${DEAD_PROXY}`],
    env: { ...process.env, HOME: home },
  });
  try {
    return await use(browser);
  } finally {
    await browser.close();
    await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** Opens a page in a profile of its own, on a network that is as slow as this. Resolves to what `use` does. */
export async function withPage(browser, url, { latencyMs = 0, bytesPerSecond = -1 }, use) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await cdp.send('Network.enable');
    await cdp.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: latencyMs,
      downloadThroughput: bytesPerSecond,
      uploadThroughput: bytesPerSecond,
    });
    await page.goto(url);
    return await use(page, cdp);
  } finally {
    await context.close();
  }
}

/**
 * Runs `use` and resolves to the longest tasks of the page's main thread from `performance.mark('from')` to `performance.mark('to')`, in
 * milliseconds of the thread's CPU and of the clock, which goes on where the machine gives the core to others: as Chromium itself traces its
 * tasks, of which scripts can measure only those that are longer than 50 ms.
 */
export async function longestTask(browser, page, use) {
  await browser.startTracing(page, {
    categories: ['toplevel', 'blink.user_timing', 'disabled-by-default-devtools.timeline'],
  });
  await use();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const mark = (name) => traceEvents.find((event) => event.cat?.includes('blink.user_timing') && event.name === name);
  const [from, to] = [mark('from'), mark('to')];
  const tasks = traceEvents.filter(
    ({ name, pid, tid, ts, dur }) =>
      name === 'RunTask' && pid === from.pid && tid === from.tid && ts >= from.ts && ts + dur <= to.ts,
  );
  const longest = (read) => Math.max(...tasks.map(read)) / 1_000;
  return { cpuMs: longest(({ tdur }) => tdur), clockMs: longest(({ dur }) => dur) };
}
