import { createSocket } from 'node:dgram';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { AttentionAnswer } from '../../../src/report/api/attention.ts';
import { createMetlog, type Metlog } from '../../../src/node/index.ts';
import { serve } from '../../cli/run-cli.ts';
import { dataDirWith } from '../support/past.ts';
import { withReportPages, type ReportPage } from '../support/report-page.ts';
import { createStored, startRouter } from '../support/router.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const HOSTILE = `<img src=x onerror=alert(1)>\u202e"'&\u0000${'x'.repeat(200)}`;

function client(dest: string, logger: string): Metlog {
  const metlog = createMetlog({ logger, dest });
  onTestFinished(() => metlog.close());
  return metlog;
}

const times = (count: number, task: (index: number) => void): void => {
  for (let index = 0; index < count; index++) task(index);
};

/** Sends datagrams of one message each, with these numbers, as a sender of which the others do not arrive. */
async function sendNumbered(udp: string, logger: string, numbers: readonly number[]): Promise<void> {
  const { hostname, port } = new URL(udp);
  const socket = createSocket('udp4');
  const at = new Date().toISOString();
  for (const seq of numbers) {
    const header = { metlog: 1, logger, hostname: 'web-1', pid: 7, sender: 'lossy-sender-0001', seq, sent: at };
    const message = { type: 'log', timestamp: at, severity: 6, payload: 'here', metadata: {} };
    const text = `${JSON.stringify(header)}\n${JSON.stringify(message)}\n`;
    await new Promise((resolve) => socket.send(text, Number(port), hostname, resolve));
  }
  socket.close();
}

const isStored = (http: string, sql: string): Promise<void> =>
  expect.poll(async () => (await createStored(http)(sql))[0]).toEqual({ ok: true });

/** Waits for what stands above the graphs, and what needs attention: each has an answer of its own, and moves what is below when it comes. */
async function untilWhole(page: ReportPage): Promise<void> {
  for (const part of ['.attention, .calm', '.freshness']) await page.locator(part).waitFor();
}

/** Drags in the first graph from this part of its width to its end, which makes that the range. */
async function dragOver(page: ReportPage, from: number): Promise<void> {
  await untilWhole(page);
  const graph = await page.locator('.rates .u-over').first().boundingBox();
  if (graph === null) throw new Error('there is no graph');
  const at = (part: number): Promise<void> => page.mouse.move(graph.x + (graph.width - 1) * part, graph.y + 10);
  await at(from);
  await page.mouse.down();
  await at((1 + from) / 2);
  await at(1);
  await page.mouse.up();
  await expect.poll(() => page.url()).toContain('from=');
}

withReportPages('the overview', (open) => {
  it('says how to send a first message, and shows it once it came', async () => {
    const router = await startRouter();
    const page = await open(router.http);
    await page.getByText('Nothing has arrived yet').waitFor();
    expect(await page.locator('.first-steps pre').innerText()).toContain(`dest: '${router.udp}'`);
    await page.expectSound();
    await page.picture('overview-empty');
    const metlog = client(router.udp, 'my-app');
    metlog.incr('hello.world');
    await metlog.flush();
    await page.locator('.bars li', { hasText: 'my-app' }).waitFor({ timeout: 30_000 });
  });

  it('shows what was sent, by type and logger, and that nothing needs attention', async () => {
    const router = await startRouter();
    const shop = client(router.udp, 'shop');
    const hostile = client(router.udp, HOSTILE);
    times(30, () => shop.incr('login.ok'));
    times(20, (index) => shop.timing('auth', index));
    times(7, (index) => hostile.info(`hello ${index}`));
    times(3, () => hostile.send('<b>bold</b>', { payload: 'x' }));
    await Promise.all([shop.flush(), hostile.flush()]);
    await isStored(router.http, `select count(*) = 60 as ok from messages where type not like 'metlog.%'`);

    const page = await open(router.http);
    await page.getByText('Nothing needs attention.').waitFor();
    const listed = async (title: string): Promise<Record<string, string>> => {
      const rows = await page.locator('section.card', { hasText: title }).locator('.bars li').allInnerTexts();
      return Object.fromEntries(rows.map((row) => row.split('\n').slice(-2) as [string, string]));
    };
    // Each part of the page has an answer of its own.
    await expect
      .poll(() => listed('By type'))
      .toMatchObject({ counter: '30', timer: '20', log: '7', '<b>bold</b>': '3' });
    expect(await listed('By logger')).toMatchObject({ shop: '50' });
    await page.getByText(/newest message (just now|\d+ s ago)/).waitFor();
    await expect.poll(() => page.locator('#books').innerText()).toMatch(/missing\s+0/);
    expect(await page.locator('main img').count()).toBe(0);
    await page.expectSound();
    await page.picture('overview');
    await page.locator('.bars a', { hasText: 'counter' }).click();
    expect(new URL(page.url()).hash).toBe('#/messages?type=counter');
  });

  it('says what needs attention by every rule, each with a link to what explains it', async () => {
    const nowMs = Date.now();
    const dataDir = await dataDirWith([
      { receivedMs: nowMs - DAY_MS - 20 * MINUTE_MS, logger: 'billing', messages: Array.from({ length: 20 }, () => ({})) },
      { receivedMs: nowMs - DAY_MS - 20 * MINUTE_MS, logger: 'shop', messages: Array.from({ length: 3 }, () => ({ type: 'log', severity: 3 })) },
      { receivedMs: nowMs - 100 * MINUTE_MS, logger: 'billing', messages: [{ type: 'log', payload: 'the last words' }] },
    ]); // prettier-ignore
    // Nobody listens on the discard port.
    const sink = { dataDir, env: { SENTRY_DSN: 'http://key@127.0.0.1:9/1' } };
    const before = await serve(sink);
    const shop = client(before.udp, 'shop');
    times(12, (index) => shop.error(`payment ${index} failed`));
    shop.exception(new TypeError(`no such order: ${HOSTILE}`));
    await shop.flush();
    await sendNumbered(before.udp, 'lossy', [0, 1, 99]);
    await isStored(before.http, 'select count(*) filter (severity <= 3) = 16 and count(*) filter (logger = \'lossy\') = 3 as ok from messages'); // prettier-ignore
    await before.stop();
    // As if the router had been down for two minutes, and the sink with it.
    const journal = join(dataDir, 'journal');
    for (const name of (await readdir(journal)).filter((file) => file.endsWith('.ndjson'))) {
      const text = await readFile(join(journal, name), 'utf8');
      const earlier = text.replace(/"received":"([^"]+)"/g, (_, at: string) =>
        `"received":"${new Date(Date.parse(at) - 2 * MINUTE_MS).toISOString()}"`); // prettier-ignore
      await writeFile(join(journal, name), earlier);
    }
    const router = await serve(sink);

    const attention = async (): Promise<AttentionAnswer['items']> =>
      ((await (await fetch(`${router.http}/api/attention`)).json()) as AttentionAnswer).items;
    const rules = ['new-exception', 'more-errors', 'silent-logger', 'sink-lag', 'loss'];
    // The page asks for it twice a minute.
    await expect.poll(async () => (await attention()).map(({ rule }) => rule)).toEqual(rules);
    const items = await attention();
    const page = await open(router.http);
    await page.locator('.attention li').first().waitFor();
    expect(items[0]).toMatchObject({ logger: 'shop', count: 1 });
    expect(items[1]).toMatchObject({ logger: 'shop', count: 13, countDayAgo: 3 });
    expect(items[2]).toMatchObject({ logger: 'billing', countDayAgo: 20 });
    expect(items[3]).toMatchObject({ sink: 'sentry', waiting: 1 });
    expect(items[4]).toMatchObject({ logger: 'lossy', missing: 97, received: 3 });
    expect(await page.locator('.attention li').allInnerTexts()).toHaveLength(5);
    await page.locator('.loss-note', { hasText: 'missing (97 of' }).waitFor();
    await page.expectSound();
    await page.picture('overview-attention');

    const hashAfter = async (text: RegExp): Promise<URLSearchParams> => {
      await page.goto(`${router.http}/#/`);
      await untilWhole(page);
      await page.locator('.loss-note').waitFor();
      await page.locator('.attention a', { hasText: text }).first().click();
      return new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
    };
    expect((await hashAfter(/errors of shop/)).get('severity')).toBe('3');
    const silent = await hashAfter(/billing is silent/);
    expect(silent.get('logger')).toBe('billing');
    expect(Date.parse(silent.get('to') ?? '')).toBeGreaterThan(nowMs - 100 * MINUTE_MS);
    await hashAfter(/sink sentry/);
    await expect.poll(() => page.run('document.activeElement.id')).toBe('books');
    expect(await page.locator('.sinks .trouble').innerText()).toContain('ECONNREFUSED');
  });

  it('leads from a spike to the traceback in three clicks', async () => {
    const router = await startRouter();
    const shop = client(router.udp, 'shop');
    function chargeTwice(): never {
      throw new RangeError('charged twice');
    }
    times(12, () => {
      try {
        chargeTwice();
      } catch (error) {
        shop.exception(error);
      }
    });
    await shop.flush();
    await isStored(router.http, 'select count(*) = 12 as ok from exceptions');
    const page = await open(router.http);

    await dragOver(page, 0.95); // one: the span of the spike
    await page.locator('.card-links a', { hasText: 'exceptions' }).click(); // two: its exceptions
    expect(new URL(page.url()).hash).toMatch(/^#\/exceptions\?from=.*&to=/);
    await page.locator('.groups > li a', { hasText: 'RangeError' }).first().click(); // three: the traceback
    await page.getByText('chargeTwice').first().waitFor();

    // The same from what needs attention, in two.
    await page.goto(`${router.http}/#/`);
    await untilWhole(page);
    await page.locator('.attention-more').click();
    await page.locator('.groups > li a', { hasText: 'RangeError' }).first().click();
    await page.getByText('chargeTwice').first().waitFor();
    await page.goto(`${router.http}/#/`);
    await untilWhole(page);
    await page.locator('.attention-new-exception a').first().click();
    await page.getByText('chargeTwice').first().waitFor();
  });

  it('makes the span that is dragged over in a graph the range of all pages', async () => {
    const router = await startRouter();
    const shop = client(router.udp, 'shop');
    times(5, () => shop.error('failed'));
    await shop.flush();
    await isStored(router.http, 'select count(*) = 5 as ok from logs');
    const page = await open(router.http);
    await dragOver(page, 0.9);
    const parameters = new URLSearchParams(new URL(page.url()).hash.split('?')[1]);
    const spanMs = Date.parse(parameters.get('to') ?? '') - Date.parse(parameters.get('from') ?? '');
    expect(spanMs % 30_000).toBe(0);
    expect(spanMs).toBeGreaterThan(5 * MINUTE_MS);
    expect(spanMs).toBeLessThan(8 * MINUTE_MS);
  });
});
