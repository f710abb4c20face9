import { readFile } from 'node:fs/promises';
import { expect, it, onTestFinished } from 'vitest';
import { createMetlog } from '../../../src/node/index.ts';
import { EXAMPLES } from '../../../src/report/ui/query/examples.ts';
import { withReportPages } from '../support/report-page.ts';
import { startRouter, type Router } from '../support/router.ts';

/** A router that has stored messages of every type. */
async function withMessages(): Promise<Router> {
  const router = await startRouter();
  const metlog = createMetlog({ logger: 'shop', dest: router.udp, environment: 'test', onError: () => undefined });
  onTestFinished(() => metlog.close());
  for (let index = 0; index < 30; index++) metlog.incr('login.ok', { count: 2 });
  for (let ms = 1; ms <= 100; ms++) metlog.timing('auth', ms);
  metlog.gauge('queue.depth', 17);
  metlog.warn('<b>disk</b> is "nearly" full, 90 %');
  metlog.exception(new RangeError('out of range'));
  await metlog.flush();
  await expect
    .poll(async () => (await router.stored("select count(*) as n from messages where logger = 'shop'"))[0]?.['n'])
    .toBe(133);
  return router;
}

const queryHref = (http: string, sql: string): string => `${http}/#/query?${new URLSearchParams({ sql }).toString()}`;

withReportPages('the query page', (open) => {
  it('runs what is typed, shows it as a table and as bars, and saves it', async () => {
    const router = await withMessages();
    const page = await open(`${router.http}/#/query`);
    // Completion knows the views, once the page does.
    await page.locator('.views dt', { hasText: /^messages / }).waitFor();
    await page.locator('.cm-content').click();
    await page.keyboard.type('select type, count(*) as n from mess');
    await page.locator('.sql-options [aria-selected=true]', { hasText: 'messages' }).waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.type(" where logger = 'shop' group by 1 order by 2 desc, 1");
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Enter');
    await page.locator('table.result tbody tr').first().waitFor();
    const rows = await page.locator('table.result tbody tr').allInnerTexts();
    expect(rows.map((row) => row.split(/\s+/))).toEqual([
      ['timer', '100'],
      ['counter', '30'],
      ['exception', '1'],
      ['gauge', '1'],
      ['log', '1'],
    ]);
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'CSV' }).click();

    const path = await (await saved).path();
    expect(await readFile(path, 'utf8')).toBe(
      'type,n\r\ntimer,100\r\ncounter,30\r\nexception,1\r\ngauge,1\r\nlog,1\r\n',
    );
    await page.expectSound();
    await page.picture('query-table');
    await page.getByRole('button', { name: 'Graph' }).click();
    expect(await page.locator('.bars li').allInnerTexts()).toHaveLength(5);
    await page.expectSound();
    // The address is the query.
    await page.reload();
    await page.locator('table.result tbody tr').first().waitFor();
    expect(await page.locator('table.result tbody tr').count()).toBe(5);
  });

  it('takes the keys that are typed into the editor, whatever they do elsewhere', async () => {
    const router = await startRouter();
    const page = await open(`${router.http}/#/query`);
    await page.locator('.cm-content').click();
    await page.keyboard.type('select log10(100) / 2 as g1');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Enter');
    await page.locator('table.result tbody tr').first().waitFor();
    expect(await page.locator('table.result').innerText()).toMatch(/^g1\s+1$/);
  });

  it('draws what begins with a time as a graph over time', async () => {
    const router = await startRouter();
    const page = await open(
      queryHref(
        router.http,
        "select now() - i * interval '1 minute' as at, 2 + sin(i / 9) as p95, 1.5 as p50 from range(90) r(i)",
      ),
    );
    await page.getByRole('button', { name: 'Graph' }).click();
    await page.locator('.chart canvas').waitFor();
    expect(await page.locator('.chart-legend .name').allInnerTexts()).toEqual(['p95', 'p50']);
    await page.expectSound();
    await page.picture('query-graph');
  });

  it('has an example of each type, all of which run and find something', async () => {
    const router = await withMessages();
    const page = await open(`${router.http}/#/query`);
    await page.getByText('Views and their columns').waitFor();
    await page.expectSound();
    await page.picture('query-start');
    for (const { title, sql } of EXAMPLES) {
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.url().endsWith('/api/query')),
        page.getByRole('link', { name: title, exact: true }).click(),
      ]);
      expect([title, answer.status()]).toEqual([title, 200]);
      const { rows } = (await answer.json()) as { readonly rows: readonly unknown[] };
      expect([title, rows.length > 0]).toEqual([title, true]);
      expect(new URLSearchParams(page.url().split('?')[1]).get('sql')).toBe(sql);
    }
  });

  it('says in a sentence what is refused, and runs the next query', async () => {
    const router = await withMessages();
    const page = await open(queryHref(router.http, "copy messages to '/tmp/x.parquet'"));
    const failure = page.locator('[role=alert]');
    await failure.waitFor();
    expect(await failure.innerText()).toMatch(/^only SELECT/i);
    await page.goto(queryHref(router.http, "select payload from messages where type = 'log'"));
    await page.locator('table.result tbody tr').first().waitFor();
    expect(await page.locator('table.result tbody tr').allInnerTexts()).toEqual(['<b>disk</b> is "nearly" full, 90 %']);
    await page.expectSound();
  });

  it('stops a query that never ends when it is told to', async () => {
    const router = await withMessages();
    const page = await open(queryHref(router.http, 'select count(*) from range(1000000000) a, range(1000000000) b'));
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Run' }).waitFor();
    await page.goto(queryHref(router.http, 'select 42 as answer'));
    await page.locator('table.result tbody tr').first().waitFor();
    expect(await page.locator('table.result tbody tr').allInnerTexts()).toEqual(['42']);
  });
});
