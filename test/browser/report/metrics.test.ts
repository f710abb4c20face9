import { createSocket } from 'node:dgram';
import { expect, it, onTestFinished } from 'vitest';
import type { Message } from '../../../src/core/schema.ts';
import { createMetlog, type Metlog } from '../../../src/node/index.ts';
import type { Ledger } from '../../../src/report/ledger.ts';
import { aMessage, archiveAsStamped, tempDataDir } from '../../report/temp-archive.ts';
import { withReportPages, type ReportPage } from '../support/report-page.ts';
import { serve } from '../../cli/run-cli.ts';
import { startRouter } from '../support/router.ts';

function client(dest: string, logger: string, release?: string): Metlog {
  const metlog = createMetlog({ logger, dest, ...(release === undefined ? {} : { release }) });
  onTestFinished(() => metlog.close());
  return metlog;
}

/** The whole numbers of a row of the table, by the titles of its columns. */
async function numbersOf(page: ReportPage, name: string): Promise<Readonly<Record<string, number>>> {
  return page.run(`(() => {
    const row = [...document.querySelectorAll('tbody tr')].find((one) => one.cells[0].textContent.includes(${JSON.stringify(name)}));
    const titles = [...row.closest('table').querySelectorAll('th')].map((one) => one.textContent);
    return Object.fromEntries(titles.map((title, index) => [title, Number(row.cells[index].title)]).slice(1, -1));
  })()`);
}

/** Linear between the nearest two. */
function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = p * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? 0;
  return low + (at % 1) * ((sorted[Math.ceil(at)] ?? 0) - low);
}

const within = (found: number | undefined, wanted: number): void => {
  expect(Math.abs((found ?? 0) / wanted - 1), `${found} is not ${wanted}`).toBeLessThan(0.01);
};

withReportPages('the metrics page', (open) => {
  it('shows the numbers of what was sent', async () => {
    const router = await startRouter();
    const shop = client(router.udp, 'shop', '2.0.0');
    const known = Array.from({ length: 2_000 }, (_, index) => 5 + ((index * 7_919) % 2_000) / 10);
    for (const ms of known) shop.timing('auth', ms);
    for (let index = 0; index < 2_000; index++) shop.timing('sampled', index, { rate: 0.25 });
    shop.incr('login.ok', { count: 30 });
    shop.incr('login.ok', { count: 12 });
    shop.gauge('queue.depth', 17);
    shop.gauge('queue.depth', 5);
    shop.send('deploy', { metadata: { version: '2.0.0' } });
    await shop.flush();
    const next = client(router.udp, 'shop', '2.1.0');
    next.incr('login.ok', { count: 8 });
    await next.flush();
    const counts = `select count(*) filter (name = 'auth')::INT as timed, sum(value) filter (name = 'login.ok')::INT as logins from messages`;
    await expect.poll(() => router.stored(counts)).toEqual([{ timed: 2_000, logins: 50 }]); // the first and the last

    const page = await open(`${router.http}/#/metrics`);
    await page.getByLabel('Find a name').fill('LOGIN');
    await page.locator('.metric-list li', { hasText: 'login.ok' }).waitFor();
    await expect.poll(() => page.locator('.metric-list li').count()).toBe(1);
    expect(await page.locator('.metric-list li .value').first().innerText()).toBe('50');
    await page.getByLabel('Find a name').fill('');
    for (const name of ['auth', 'sampled', 'login.ok', 'queue.depth'])
      await page.locator('.metric-list button', { hasText: name }).click();
    await page.locator('tbody tr', { hasText: 'queue.depth' }).waitFor();
    expect(new URL(page.url()).hash).toBe(
      '#/metrics?name=timer%3Aauth&name=timer%3Asampled&name=counter%3Alogin.ok&name=gauge%3Aqueue.depth',
    );

    const auth = await numbersOf(page, 'auth');
    expect(auth).toMatchObject({ count: 2_000, max: Math.max(...known) });
    within(auth['p50'], quantile(known, 0.5));
    within(auth['p95'], quantile(known, 0.95));
    within(auth['p99'], quantile(known, 0.99));
    within(auth['rate'], 2_000 / 3_600);
    expect(await numbersOf(page, 'login.ok')).toMatchObject({ count: 50 });
    within((await numbersOf(page, 'login.ok'))['rate'], 50 / 3_600);
    expect(await numbersOf(page, 'queue.depth')).toMatchObject({ last: 5, average: 11, min: 5, max: 17 });
    const sent = await router.stored(`select value from messages where name = 'sampled'`);
    expect((await numbersOf(page, 'sampled'))['count']).toBe(sent.length * 4);
    within((await numbersOf(page, 'sampled'))['p95'], quantile(sent.map(({ value }) => Number(value)), 0.95));

    await page.locator('.marks li').first().waitFor();
    expect(await page.locator('.marks li').allInnerTexts()).toEqual([
      expect.stringMatching(/release\s+2\.1\.0\s+shop/),
      expect.stringMatching(/deploy\s+2\.0\.0\s+shop/),
      expect.stringMatching(/release\s+2\.0\.0\s+shop/),
    ]);
    await page.expectSound();
    await page.picture('metrics');
  }); // prettier-ignore

  it('compares with the day before, marks what is missing, and leads from a span to its messages', async () => {
    const dataDir = await tempDataDir();
    const nowMs = Date.now();
    const earlier = Array.from({ length: 180 }, (_, minute) => [
      seeded('counter', 'orders', 40 + 30 * Math.sin(minute / 20), nowMs - (180 - minute) * MINUTE_MS),
      seeded('counter', 'orders', 40 + 20 * Math.sin(minute / 25), nowMs - DAY_MS - (179.5 - minute) * MINUTE_MS),
      seeded('timer', 'auth', 80 + (minute % 50), nowMs - (180 - minute) * MINUTE_MS),
    ]).flat();
    await archiveAsStamped(dataDir, earlier);
    const router = await serve({ dataDir });
    await loseMessages(router.udp, 'shop', 90, 10);
    // The page asks once a minute for what it marks.
    await expect
      .poll(async () => ((await (await fetch(`${router.http}/api/ledger`)).json()) as Ledger).path.total.missing)
      .toBe(90);
    const page = await open(`${router.http}/#/metrics?last=6h&name=counter:orders&name=timer:auth`);
    await page.getByLabel('Compare with').selectOption('day');
    await page.locator('tr.before').first().waitFor();
    const sumOf = (from: number, to: number): number =>
      earlier
        .filter(
          ({ type, timestamp }) => type === 'counter' && Date.parse(timestamp) > from && Date.parse(timestamp) <= to,
        )
        .reduce((sum, { payload }) => sum + Number(payload), 0);
    within((await numbersOf(page, 'orders'))['count'], sumOf(nowMs - 6 * 3_600_000, nowMs));
    within((await numbersOf(page, 'the day before'))['count'], sumOf(nowMs - DAY_MS - 6 * 3_600_000, nowMs - DAY_MS));
    await page.getByText(/^(≥ )?90 % missing between/).waitFor();

    await page.locator('.loss-note').waitFor(); // all is there that has a place above the graph
    const box = await page.locator('.u-over').first().boundingBox();
    if (box === null) throw new Error('there is no graph');
    await page.mouse.move(box.x + box.width * 0.6, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + 60);
    // Drawn anew meanwhile, as when an answer comes.
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.run('new Promise((done) => requestAnimationFrame(() => setTimeout(done)))');
    }
    await page.mouse.up();
    const actions = page.getByRole('group', { name: 'Chosen span' });
    await actions.waitFor();
    await page.expectSound();
    await page.picture('metrics-compared');
    const target = (await actions.getByText('messages').getAttribute('href')) ?? '';
    const parameters = new URLSearchParams(target.split('?')[1]);
    const [fromMs, toMs] = ['from', 'to'].map((name) => Date.parse(parameters.get(name) ?? ''));
    expect(target).toMatch(/^#\/messages\?/);
    expect(Math.abs(((toMs ?? 0) - (fromMs ?? 0)) / MINUTE_MS - 72)).toBeLessThan(5);
    await actions.getByText('zoom in').click();
    await expect.poll(() => page.run('location.hash')).toContain('from=');
    await expect
      .poll(async () => (await numbersOf(page, 'orders'))['count'])
      .toBeCloseTo(sumOf(fromMs ?? 0, toMs ?? 0), 6);
    await page.goBack();
    await expect.poll(() => page.run('location.hash')).toContain('last=6h');
  });

  it('stays whole whatever the names are, and however many', async () => {
    const dataDir = await tempDataDir();
    const hostile = [
      '<img src=x onerror=alert(1)>',
      '\u202eevil\u202e',
      'ش'.repeat(300),
      'a b&c=d#e?f',
      '__proto__',
      'x'.repeat(999),
    ];
    const nowMs = Date.now() - MINUTE_MS;
    await archiveAsStamped(dataDir, [
      ...hostile.map((name) => seeded('counter', name, 1e6, nowMs)),
      seeded('timer', hostile[0] ?? '', 5, nowMs),
      seeded('counter', 'y'.repeat(1_000_000), 1e7, nowMs),
      ...Array.from({ length: 10_000 }, (_, index) => seeded('counter', `name.${index}`, 1, nowMs)),
    ]);
    const router = await serve({ dataDir });
    const page = await open(`${router.http}/#/metrics?name=nothing&name=gauge:never`);
    await page.getByText('the first 500 of 10,007 names; search to find others').waitFor();
    for (const name of hostile) {
      await page.getByLabel('Find a name').fill(name);
      const found = page.locator('.metric-list button', { hasText: name }).first();
      await found.click();
      await expect.poll(() => found.getAttribute('aria-pressed')).toBe('true');
      await page.locator('tbody tr', { hasText: name }).first().waitFor();
    }
    for (const name of hostile) expect(await numbersOf(page, name)).toMatchObject({ count: 1e6 });
    await page.expectSound();
    await page.picture('metrics-hostile');
  });
});

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const seeded = (type: string, name: string, value: number, atMs: number): Message =>
  aMessage({ type, payload: String(value), timestamp: new Date(atMs).toISOString(), metadata: { name, rate: 1 } });

/** Sends as a sender does of whose messages so many come and so many do not. */
async function loseMessages(udp: string, logger: string, lost: number, sent: number): Promise<void> {
  const { hostname, port } = new URL(udp);
  const socket = createSocket('udp4');
  const line = JSON.stringify({
    type: 'log',
    timestamp: new Date().toISOString(),
    severity: 6,
    payload: 'here',
    metadata: {},
  });
  const datagram = (seq: number): string =>
    JSON.stringify({
      metlog: 1,
      logger,
      hostname: 'web-1',
      pid: 1,
      sender: 'loser00000000000',
      seq,
      sent: new Date().toISOString(),
    });
  for (let index = 0; index < sent; index++) {
    const seq = index < sent - 1 ? index : index + lost;
    await new Promise((done) => socket.send(`${datagram(seq)}\n${line}\n`, Number(port), hostname, done));
  }
  socket.close();
}
