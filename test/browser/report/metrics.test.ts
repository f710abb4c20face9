import { expect, it, onTestFinished } from 'vitest';
import { createMetlog, type Metlog } from '../../../src/node/index.ts';
import { withReportPages, type ReportPage } from '../support/report-page.ts';
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
    await expect
      .poll(async () => (await router.stored(`select count(*)::INT as n from messages where type <> 'metlog.report'`))[0]?.['n'])
      .toBeGreaterThan(2_300);

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
});
