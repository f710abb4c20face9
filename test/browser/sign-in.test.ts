import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { serve } from '../cli/run-cli.ts';
import { withReportPages, type ReportPage } from './support/report-page.ts';

const TOKEN = 'correct-horse-battery';

/** The built `metlog serve` for other machines. It is asked by a loopback address, which goes past the browser's dead proxy. */
async function startSigned(): Promise<string> {
  const { http } = await serve({ args: ['--host', '0.0.0.0'], env: { METLOG_TOKEN: TOKEN } });
  return `http://127.0.0.1:${new URL(http).port}`;
}

async function signIn(page: ReportPage, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** What the API answers to this page. */
const statusOf = (page: ReportPage, path: string): Promise<number> =>
  page.run(`fetch('${path}').then(({ status }) => status)`);

/** A site of somebody else, with a link. */
async function startStranger(html: string): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(html);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://localhost:${(server.address() as AddressInfo).port}/`;
}

withReportPages('signing in, in a browser', (open) => {
  it('leads to the form, says what is wrong, opens the report, and closes it again', async () => {
    const http = await startSigned();
    const page = await open(http);
    await page.getByLabel('Token').waitFor();
    expect(page.url()).toBe(`${http}/login`);
    await page.expectSound();
    await page.picture('sign-in');

    await signIn(page, 'wrong-horse-battery');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').innerText()).toBe('That is not the token.');
    await page.expectSound();

    await signIn(page, TOKEN);
    await expect.poll(() => new URL(page.url()).pathname).toBe('/');
    expect(await statusOf(page, '/api/views')).toBe(200);
    expect(await page.run('document.cookie')).toBe('');
    const heard = `new Promise((done) => {
      const source = new EventSource('/api/tail');
      source.onopen = () => (source.close(), done('open'));
      source.onerror = () => done('refused');
    })`;
    expect(await page.run(heard)).toBe('open');

    await page.goto(`${http}/login`);
    expect(new URL(page.url()).pathname).toBe('/'); // signed in already

    await page.goto(`${http}/logout`);
    await page.expectSound();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    await page.goto(http);
    expect(page.url()).toBe(`${http}/login`);
    await page.expectSound();
  });

  it('leads to the place that was asked for, and offers the way out', async () => {
    const http = await startSigned();
    const page = await open(`${http}/#/metrics?last=6h`);
    await signIn(page, 'wrong-horse-battery');
    await page.getByRole('alert').waitFor();
    await signIn(page, TOKEN);
    await page.getByLabel('Find a name').waitFor();
    expect(page.url()).toBe(`${http}/#/metrics?last=6h`);
    const signOut = page.getByRole('link', { name: 'Sign out' });
    await signOut.waitFor();
    await page.picture('signed-in');
    await page.expectSound();
    await signOut.click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();

    // A page that stays open learns that the session is over by what it asks next, and keeps its place too.
    await signIn(page, TOKEN);
    await page.getByLabel('Time range').waitFor();
    await page.goto(`${http}/#/exceptions`);
    await page.locator('.frame nav [aria-current=page]', { hasText: 'Exceptions' }).waitFor();
    await page.getByLabel('Time range').selectOption('24h');
    await page.run("void fetch('/logout', { method: 'POST' })"); // its answer may come when the page has left
    await page.getByLabel('Token').waitFor();
    expect(page.url()).toBe(`${http}/login#/exceptions?last=24h`);
  });

  it('needs the token no more when a link of another site leads here, and none that frames or posts', async () => {
    const http = await startSigned();
    const page = await open(`${http}/login`);
    await signIn(page, TOKEN);
    await expect.poll(() => new URL(page.url()).pathname).toBe('/');

    const stranger = await startStranger(
      `<a href="${http}/">to the report</a>
       <form method="post" action="${http}/logout"><button>a trap</button></form>
       <form method="post" action="${http}/login"><input name="token" value="${TOKEN}"><button>another</button></form>`,
    );
    await page.goto(stranger);
    await page.getByText('to the report').click();
    await expect.poll(() => page.url()).toBe(`${http}/`);
    expect(await statusOf(page, '/api/views')).toBe(200);

    for (const name of ['a trap', 'another']) {
      await page.goto(stranger);
      await page.getByRole('button', { name }).click();
      await page.getByText('cross-site').waitFor();
    }
    for (const path of ['/api/views', '/metrics', '/']) {
      await page.goto(stranger);
      const read = `fetch('${http}${path}', { credentials: 'include' }).then((response) => response.text(), () => 'nothing')`;
      expect(await page.run(read)).toBe('nothing');
      // What the page may not read, it is not sent either.
      const blind = `fetch('${http}${path}', { credentials: 'include', mode: 'no-cors' }).then(() => 0, () => 0)`;
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.url() === `${http}${path}`),
        page.run(blind),
      ]);
      expect([path, answer.status()]).toEqual([path, 403]);
    }
    await page.goto(http);
    expect(page.url()).toBe(`${http}/`);
    expect(await statusOf(page, '/api/views')).toBe(200); // it is still signed in
  });
});
