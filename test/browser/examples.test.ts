import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFailed, onTestFinished } from 'vitest';
import { tempDir } from '../cli/run-cli.ts';
import { inBrowser, inEachBrowser } from './support/in-each-browser.ts';
import { createStored, startRouter, type Stored } from './support/router.ts';
import { startSite } from './support/site.ts';

/** An example that runs: where its page is, and what the store of its router has. */
interface Example {
  readonly url: string;
  readonly stored: Stored;
}

/** Starts an example by its one command, and waits until its output has the address of its page. It ends with the test. */
async function startExample(folder: string, page: RegExp): Promise<Example> {
  const child = spawn('npm', ['start'], {
    cwd: resolve('examples', folder),
    env: { ...process.env, METLOG_DATA_DIR: await tempDir(), NO_COLOR: '1', CI: 'true' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (said += part.toString()));
  const ended = once(child, 'close');
  onTestFailed(() => console.error(`--- examples/${folder} said:\n${said}`));
  onTestFinished(async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await ended; // all of it: whoever still runs holds the pipe
  });
  const found = (pattern: RegExp): Promise<string> =>
    expect
      .poll(() => pattern.exec(said)?.[1] ?? '', { timeout: 90_000 })
      .not.toBe('')
      .then(() => pattern.exec(said)?.[1] ?? '');
  const url = await found(page);
  return { url, stored: createStored(await found(/^metlog: (http:\S+)/m)) };
}

/** The address of a page that is a file, as people open one. */
async function putFile(html: string): Promise<string> {
  const path = join(await tempDir(), 'index.html');
  await writeFile(path, html);
  return pathToFileURL(path).href;
}

describe('examples/page', () => {
  inEachBrowser(({ name, open }) => {
    it('shows its counter and its uncaught error in the store', async () => {
      const router = await startRouter();
      const example = await readFile('examples/page/index.html', 'utf8');
      const html = example.replace('http://127.0.0.1:5566', router.http);
      // WebKit keeps from scripts of a file what went wrong in it: "Script error."
      const page = await open(name === 'webkit' ? (await startSite()).put('/', html) : await putFile(html));
      await page.click('button');
      const sql = `select type, coalesce(name, error_type) as said from messages where logger = 'page' and type in ('counter', 'exception') order by 2`;
      await expect
        .poll(() => router.stored(sql))
        .toEqual([
          { type: 'exception', said: 'ReferenceError' },
          { type: 'counter', said: 'cart.opened' },
          { type: 'counter', said: 'page.opened' },
        ]);
    });
  });
});

describe('examples/vite-react', () => {
  inBrowser('chromium', ({ open }) => {
    it('sends through its development server, and reports what React cannot draw', async () => {
      const { url, stored } = await startExample('vite-react', /(http:\/\/127\.0\.0\.1:\d+)\/\s*$/m);
      const page = await open(url);
      await expect.poll(() => page.evaluate('document.querySelector("button")?.textContent')).toBe('0 in the cart');
      for (let n = 0; n < 3; n++) await page.click('button');
      await expect
        .poll(() => stored(`select count(*)::double as n from messages where name = 'cart.added'`))
        .toEqual([{ n: 3 }]);
      await expect
        .poll(() =>
          stored(`select distinct error_type from messages where logger = 'vite-react' and type = 'exception'`),
        )
        .toEqual([{ error_type: 'RangeError' }]);
    });
  });
});

describe('examples/express-relay', () => {
  inBrowser('chromium', ({ open }) => {
    it('has its page send to its own origin, and the server on to the router', async () => {
      const { url, stored } = await startExample('express-relay', /shop: (http:\S+)/);
      const page = await open(url);
      await page.click('button');
      await expect
        .poll(() => stored(`select name from messages where logger = 'express-page' and type = 'counter' order by 1`))
        .toEqual([{ name: 'cart.opened' }, { name: 'page.opened' }]);
    });
  });
});
