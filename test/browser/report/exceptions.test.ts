import { expect, it, onTestFinished } from 'vitest';
import { createMetlog } from '../../../src/node/index.ts';
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
  // What was said in the same requests too, which the page asks for once.
  const counts = `select count(*) filter (type = 'exception')::int as exceptions, count(*) filter (type = 'log')::int as logs,
    count(distinct metadata->>'request_id') filter (name = 'checkout.started')::int as counted from messages`;
  await expect.poll(() => router.stored(counts)).toEqual([{ exceptions: 6, logs: 4, counted: 4 }]);
  return router;
}

const groupOf = (page: ReportPage, type: string): ReturnType<ReportPage['locator']> =>
  page.locator('.groups > li', { hasText: type });

withReportPages('the exceptions of the report', (open) => {
  it('leads from the list to the traceback by one click, with what was sent', async () => {
    const router = await routerWithExceptions();
    const page = await open(router.http);
    await page.locator('.frame nav a', { hasText: 'Exceptions' }).click();
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
    expect(await page.locator('.group-facts').innerText()).toContain('shop@1.0, shop@2.0');
    expect(await page.locator('.tags').innerText()).toContain('shop@2.0');
    const [thrown, cause] = [page.locator('.traceback').first(), page.locator('.traceback').nth(1)];
    expect(await thrown.locator('.source-here').first().innerText()).toMatch(/27\s+throw new PaymentError/);
    expect(await thrown.locator('.entries').first().innerText()).toMatch(
      /user\s+\{ name: "Ada", password: \[redacted\] \}/,
    );
    expect(await cause.innerText()).toMatch(/^Caused by RangeError\s+declined: 12.5/);
    expect(await cause.innerText()).toMatch(/fee\s+1.25/);
    expect(await page.getByText('1 call of libraries').first().isVisible()).toBe(true);

    const request = page.locator('.moments').first();
    expect(await request.innerText()).toMatch(
      /counter\s+checkout.started 1\s.*log\s+asked for \/pay\s.*exception\s+PaymentError: card refused for Ada/s,
    );
    expect(await page.getByRole('link', { name: 'All in the messages' }).getAttribute('href')).toContain(
      `metadata=request_id%3D`,
    );
    expect(await page.locator('.moments').nth(1).innerText()).toContain('asked for /pay');

    await page.getByRole('link', { name: 'older →' }).click();
    await page.locator('.tags', { hasText: 'shop@1.0' }).waitFor();
    expect(await page.getByRole('link', { name: '← newer' }).count()).toBe(1);
    expect(await page.getByRole('link', { name: 'older →' }).count()).toBe(0);
    await page.locator('.occurrences a').first().click();
    await page.locator('.tags', { hasText: 'shop@2.0' }).waitFor();
    await page.expectSound();
  });

  it('shows the members of an AggregateError, finds a group by its text, and goes by the keyboard', async () => {
    const router = await routerWithExceptions();
    const page = await open(`${router.http}/#/exceptions`);
    await groupOf(page, 'AggregateError').waitFor();
    await page.getByRole('searchbox').fill('IMPORT fail');
    await groupOf(page, 'PaymentError').waitFor({ state: 'detached' });
    expect(await page.locator('.groups > li').count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.locator('.traceback').nth(2).waitFor();
    const members = page.locator('.traceback', { hasText: 'One of its errors' });
    expect(await members.first().innerText()).toMatch(/TypeError\s+row 3 has no price/);
    expect(await members.nth(1).innerText()).toMatch(/Error\s+row 9 has no name/);
    await page.expectSound();
  });

  it('shows what a client made up as the text that it is', async () => {
    const router = await startRouter();
    const metlog = createMetlog({ logger: '<i>shop</i>', dest: router.udp, maxDatagramBytes: 16_384 });
    onTestFinished(() => metlog.close());
    const markup = '<img src=x onerror=alert(1)>\u001b[31m\u202egnp.exe\u0000';
    metlog.send('exception', {
      payload: markup.repeat(50),
      severity: 3,
      metadata: {
        exception: {
          type: markup,
          value: 'x'.repeat(30_000),
          fingerprint: '../../"><script>',
          frames: [
            5,
            {
              function: markup,
              filename: 'javascript:alert(1)',
              lineno: 'no',
              in_app: true,
              context_line: 'y'.repeat(5_000),
              vars: { [markup]: markup },
            },
          ],
        },
        request_id: markup,
        ...Object.fromEntries(Array.from({ length: 300 }, (_, nth) => [`<b>key ${nth}`, markup])),
      },
    });
    await metlog.flush();
    await expect.poll(() => router.stored('select 1 from exceptions')).toHaveLength(1);
    const page = await open(`${router.http}/#/exceptions`);
    await page.locator('.groups a').first().waitFor();
    await page.expectSound();
    await page.locator('.groups a').first().click();
    await page.locator('.source-here').first().waitFor();
    await page.locator('.moments li').first().waitFor();
    expect(await page.run('document.querySelectorAll("main img, main script, main i, main b").length')).toBe(0);
    await page.expectSound();
    await page.picture('exception-hostile');
  });
});
