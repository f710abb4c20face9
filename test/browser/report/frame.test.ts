import { expect, it, onTestFinished } from 'vitest';
import { createMetlog, type Metlog } from '../../../src/node/index.ts';
import { startRouter } from '../support/router.ts';
import { withReportPages } from '../support/report-page.ts';

function client(dest: string, logger: string): Metlog {
  const metlog = createMetlog({ logger, dest });
  onTestFinished(() => metlog.close());
  return metlog;
}

withReportPages('the frame of the report', (open) => {
  it('keeps range and logger across pages and in the address', async () => {
    const router = await startRouter();
    for (const logger of ['shop', 'billing']) {
      const metlog = client(router.udp, logger);
      metlog.incr('hello');
      await metlog.flush();
    }
    const page = await open(router.http);
    const loggers = page.locator('section', { hasText: 'By logger' }).locator('.bars li');
    await loggers.locator('a', { hasText: 'billing' }).waitFor();
    await page.getByLabel('Time range').selectOption('24h');
    await page.getByLabel('Logger', { exact: true }).selectOption('shop');
    expect(new URL(page.url()).hash).toBe('#/?last=24h&logger=shop');
    await page.reload();
    await loggers.locator('a', { hasText: 'shop' }).waitFor();
    expect(await loggers.count()).toBe(1);
    await page.expectSound();
    await page.picture('frame');
  });

  it('goes by the keyboard', async () => {
    const router = await startRouter();
    const metlog = client(router.udp, 'shop');
    metlog.incr('hello');
    await metlog.flush();
    const page = await open(`${router.http}/#/?last=6h`);
    await page.getByLabel('Time range').waitFor();
    for (const [key, path] of [
      ['2', 'metrics'],
      ['3', 'exceptions'],
      ['4', 'messages'],
      ['5', 'query'],
      ['1', ''],
    ] as const) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await expect.poll(() => new URL(page.url()).hash).toBe(`#/${path}?last=6h`);
      expect(await page.locator('.frame nav [aria-current=page]').getAttribute('href')).toBe(`#/${path}?last=6h`);
    }
    // A digit alone, or one in a field, goes nowhere.
    await page.keyboard.press('3');
    await page.keyboard.press('g');
    await page.keyboard.press('2');
    await page.getByLabel('Find a name').waitFor();
    await page.keyboard.press('/');
    expect(await page.run('document.activeElement.placeholder')).toBe('Find a name');
    await page.keyboard.type('g3');
    expect(new URL(page.url()).hash).toMatch(/^#\/metrics/);
    await page.keyboard.press('Escape');
    expect(await page.run('document.activeElement === document.body')).toBe(true);

    await page.goto(`${router.http}/#/exceptions`);
    await page.reload();
    await page.getByRole('searchbox').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.run('document.activeElement.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.run('document.activeElement.id')).toBe('main');
    expect(new URL(page.url()).hash).toBe('#/exceptions');
    await page.keyboard.press('Tab');
    expect(await page.run("document.activeElement.closest('main') !== null")).toBe(true);
  });

  it('looks at what is between two times of the reader, and says each in UTC', async () => {
    const router = await startRouter();
    const metlog = client(router.udp, 'shop');
    metlog.send('old', { timestamp: '2026-01-15T11:30:00Z' });
    metlog.send('now');
    await metlog.flush();
    await expect.poll(() => router.stored("select 1 from messages where type = 'now'")).toHaveLength(1);
    const [row] = await router.stored("select received from messages where type = 'now'");
    const received = new Date(String(row?.['received']));
    const page = await open(router.http);
    await page.getByLabel('Time range').selectOption('between');
    await page.getByLabel('From', { exact: true }).fill('2026-01-15T12:00:00');
    await page.getByLabel('To', { exact: true }).fill('2026-07-15T14:00:00');
    await page.getByRole('button', { name: 'Show' }).click();
    // Berlin, in winter and in summer.
    expect(new URLSearchParams(page.url().split('?')[1]).get('from')).toBe('2026-01-15T11:00:00.000Z');
    expect(new URLSearchParams(page.url().split('?')[1]).get('to')).toBe('2026-07-15T12:00:00.000Z');
    await page.picture('frame-between');
    await page.expectSound();
    await page.getByLabel('Time range').selectOption('15m');
    expect(page.url()).toBe(`${router.http}/#/?last=15m`);

    await page.goto(`${router.http}/#/messages?type=now&mode=back`);
    const time = page.locator('.line time');
    await time.waitFor();
    expect(await time.getAttribute('title')).toBe(received.toISOString());
    const berlin = received.toLocaleTimeString('en-GB', { timeZone: 'Europe/Berlin' });
    expect(await time.innerText()).toContain(berlin);
  });

  it('is light or dark as the reader is, and shows the way to every page on a phone', async () => {
    const router = await startRouter();
    const page = await open(router.http);
    const ground = 'getComputedStyle(document.body).backgroundColor';
    const light = await page.run(ground);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await page.run(ground)).not.toBe(light);
    await page.expectSound();

    await page.setViewportSize({ width: 390, height: 844 });
    for (const title of ['Overview', 'Metrics', 'Exceptions', 'Messages', 'Query']) {
      const box = await page.locator('.frame nav').getByRole('link', { name: title }).boundingBox();
      expect([title, (box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 391) <= 390]).toEqual([title, true]);
    }
    expect(await page.run("(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('.frame nav'))")).toBe(0); // prettier-ignore
    expect(await page.getByRole('link', { name: 'Sign out' }).count()).toBe(0);
  });
});
