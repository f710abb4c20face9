import { describe, expect, it } from 'vitest';
import { bundle } from './support/dist.ts';
import { startGateway } from './support/gateway.ts';
import { inEachBrowser } from './support/in-each-browser.ts';
import { startRouter } from './support/router.ts';
import { htmlPage, startSite, type Site } from './support/site.ts';

/** A page with a client of these options, as `metlog`. */
async function putApp(site: Site, options: string): Promise<string> {
  const code = `import { createMetlog } from 'metlog/browser'; window.metlog = createMetlog({ logger: 'shop', ${options} })`;
  site.put('/app.js', await bundle(code));
  return site.put('/', htmlPage('<script src="/app.js"></script>'));
}

const SAY = `(() => { for (let n = 0; n < 50; n++) metlog.send('said', { payload: 'x'.repeat(1000) }) })()`;
const STORED_KEYS = `[...Object.keys(localStorage), ...Object.keys(sessionStorage)]`;

describe('a person who does not want it', () => {
  inEachBrowser(({ open }) => {
    it('is left alone after setEnabled(false), which forgets what was kept as well', async () => {
      const gateway = await startGateway((await startRouter()).http);
      const site = await startSite();
      gateway.isShut = true;
      const page = await open(await putApp(site, `dest: '${gateway.origin}'`));
      await page.evaluate(SAY);
      await page.evaluate(`dispatchEvent(new PageTransitionEvent('pagehide'))`); // keeps what did not leave
      await page.evaluate(`dispatchEvent(new PageTransitionEvent('pageshow'))`);
      await page.evaluate('metlog.setEnabled(false)');
      await expect.poll(() => page.evaluate(STORED_KEYS)).toEqual([]);
      const before = gateway.posts.length;
      gateway.isShut = false;
      await page.evaluate(SAY);
      await page.goto(site.put('/other', htmlPage('')));
      expect(await page.evaluate(STORED_KEYS)).toEqual([]);
      expect(gateway.posts.length).toBe(before);
    });

    it('is left alone when the browser says so by Global Privacy Control', async () => {
      const gateway = await startGateway((await startRouter()).http);
      const site = await startSite();
      await putApp(site, `dest: '${gateway.origin}', gpc: true`);
      const objects = `Object.defineProperty(navigator, 'globalPrivacyControl', { configurable: true, value: true })`;
      const page = await open(site.put('/', htmlPage(`<script>${objects}</script><script src="/app.js"></script>`)));
      await page.evaluate(SAY);
      await page.goto(site.put('/other', htmlPage('')));
      expect(await page.evaluate(STORED_KEYS)).toEqual([]);
      expect(gateway.posts).toEqual([]);
    });
  });
});
