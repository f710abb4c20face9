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
});
