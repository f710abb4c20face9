import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it, onTestFailed } from 'vitest';
import { tempDir } from '../cli/run-cli.ts';
import { npmStart, startExample, type Started } from '../examples/start-example.ts';
import { inBrowser, inEachBrowser } from './support/in-each-browser.ts';
import { createStored } from './support/router.ts';
import { startSite } from './support/site.ts';

/** What a clone has, as far as `npm start` wants it: it builds anew what other tests read meanwhile. */
async function makeClone(): Promise<string> {
  const clone = await mkdtemp(join(tmpdir(), 'metlog-clone-'));
  for (const name of ['package.json', 'tsconfig.json', 'tsup.config.ts', 'src', 'examples']) {
    await cp(name, join(clone, name), { recursive: true, filter: (path) => basename(path) !== 'node_modules' });
  }
  await symlink(resolve('node_modules'), join(clone, 'node_modules'));
  return clone;
}

describe('npm start in a clone', () => {
  let starting: Promise<Started & { readonly clone: string }> | undefined;
  async function start(): Promise<Started & { readonly clone: string }> {
    const clone = await makeClone();
    return { ...npmStart(clone, { METLOG_HTTP_PORT: '0', METLOG_UDP_PORT: '0' }), clone };
  }
  afterAll(async () => {
    const started = await starting;
    if (started === undefined) return;
    await started.stop();
    await rm(started.clone, { recursive: true, force: true });
  });

  inEachBrowser(({ name, open }) => {
    it("takes what the README's page says, which is in the store a moment later", async () => {
      starting ??= start();
      const { find, clone, output } = await starting;
      onTestFailed(() => console.error(`--- npm start said:\n${output()}`));
      const http = await find(/See it: +(http:\S+)/);
      const readme = await readFile('README.md', 'utf8');
      const html = (/```html\n([^]*?)```/.exec(readme)?.[1] ?? '')
        .replace('http://127.0.0.1:5566', http)
        .replace('data-logger="shop"', `data-logger="${name}"`); // the shop is there too
      // WebKit keeps from scripts of a file what went wrong in it: "Script error."
      const url = name === 'webkit' ? (await startSite()).put('/', html) : await putFile(html);
      const sql = `select type, coalesce(name, error_type) as said from messages where logger = '${name}' and type in ('counter', 'exception') order by 2`;
      const said = [
        { type: 'exception', said: 'ReferenceError' },
        { type: 'counter', said: 'page.opened' },
      ];
      const startedMs = performance.now();
      const opening = open(url);
      await expect.poll(() => createStored(http)(sql)).toEqual(said);
      console.log(`${name}: in the store ${Math.round(performance.now() - startedMs)} ms after the page was asked for`);
      await opening;
      const { stdout } = await promisify(execFile)('npx', ['metlog', 'query', sql, '--format', 'json'], { cwd: clone });
      expect(JSON.parse(stdout)).toEqual(said);
    });
  });
});

/** The address of a page that is a file, as people open one. */
async function putFile(html: string): Promise<string> {
  const path = join(await tempDir(), 'index.html');
  await writeFile(path, html);
  return pathToFileURL(path).href;
}

describe('examples/page', () => {
  inBrowser('chromium', ({ open }) => {
    it('shows its counters and its uncaught error in the store', async () => {
      const { url, stored } = await startExample('page', /page: (http:\S+)/);
      const page = await open(url);
      await page.click('button');
      const sql = `select type, coalesce(name, error_type) as said from messages where logger = 'page' and type in ('counter', 'exception') order by 2`;
      await expect
        .poll(() => stored(sql))
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
