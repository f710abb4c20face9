import { expect, it } from 'vitest';
import { runScript } from '../../node/run-script.ts';
import { withReportPages, type ReportPage } from '../support/report-page.ts';
import { startRouter, type Router } from '../support/router.ts';

/** Serves one payment and one import, each of which fails, and then ends by an error that nobody caught. */
const SERVICE = `
import { createServer } from 'node:http';
import { createMetlog } from 'NODE';
import { breadcrumbs, httpServer, uncaught } from 'CAPTURES';

const metlog = createMetlog({ logger: 'shop', environment: 'production', capture: [uncaught(), breadcrumbs(), httpServer()] });

class PaymentError extends Error {
  name = 'PaymentError';
}

class Cart {
  items = ['apple', 'pear'];
  charge(card, amount) {
    const fee = amount / 10;
    this.items.forEach((item) => {
      if (item === 'pear') throw new RangeError('declined: ' + amount);
    });
  }
}

function pay(amount) {
  const user = { name: 'Ada', password: ['open', 'sesame'].join(' ') };
  try {
    new Cart().charge({ number: 5 }, amount);
  } catch (error) {
    throw new PaymentError('card refused for ' + user.name, { cause: error });
  }
}

const server = createServer((request, response) => {
  metlog.incr('checkout.started');
  metlog.info('asked for ' + request.url);
  try {
    if (request.url === '/pay') pay(12.5);
    throw new AggregateError([new TypeError('row 3 has no price'), new Error('row 9 has no name')], 'import failed');
  } catch (error) {
    metlog.exception(error);
    response.statusCode = 500;
  }
  response.end();
});

server.listen(0, '127.0.0.1', async () => {
  const ask = (path) => fetch('http://127.0.0.1:' + server.address().port + path, { headers: { 'x-request-id': path.slice(1) + '-' + process.env.METLOG_RELEASE } });
  await ask('/pay');
  await ask('/import');
  setTimeout(function later() {
    const left = null;
    left.close();
  });
});
`;

const RELEASES = ['shop@1.0', 'shop@2.0'];

/** A router that has what two releases of the service sent: each group once of each release. */
async function routerWithExceptions(): Promise<Router> {
  const router = await startRouter();
  for (const release of RELEASES) {
    const ended = await runScript({ 'main.mjs': SERVICE }, { METLOG_DEST: router.udp, METLOG_RELEASE: release });
    expect(ended.code, ended.stderr).toBe(1);
  }
  await expect.poll(() => router.stored('select 1 from exceptions')).toHaveLength(6);
  return router;
}

const groupOf = (page: ReportPage, type: string): ReturnType<ReportPage['locator']> =>
  page.locator('.groups > li', { hasText: type });

withReportPages('the exceptions of the report', (open) => {
  it('leads from the list to the traceback by one click, with what was sent', async () => {
    const router = await routerWithExceptions();
    const page = await open(router.http);
    await page.getByRole('link', { name: 'Exceptions' }).click();
    await groupOf(page, 'PaymentError').waitFor();
    expect(await page.locator('.groups > li').count()).toBe(3);
    const seen = await router.stored(
      "select min(received) as first, max(received) as last, count(*) as n from exceptions where error_type = 'PaymentError'",
    );
    expect(await groupOf(page, 'PaymentError').locator('.value').innerText()).toBe('2');
    const times = await page.run<string[]>(
      `[...document.querySelectorAll('.groups > li')].find((li) => li.innerText.includes('PaymentError')).querySelectorAll('time').values().map((time) => time.dateTime).toArray()`,
    );
    expect(times).toEqual([seen[0]?.['last'], seen[0]?.['first']]);
    expect(await groupOf(page, 'TypeError').innerText()).toContain('unhandled');
    await page.expectSound();
    await page.picture('exceptions');

    await page.getByRole('link', { name: 'PaymentError' }).click();
    await page.locator('.traceback').first().waitFor();
    await page.locator('.moments').first().waitFor();
    await page.picture('exception');
    await page.expectSound();
    expect(await page.locator('h1').innerText()).toContain('PaymentError');
  });
});
