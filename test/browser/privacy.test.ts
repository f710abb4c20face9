import { describe, expect, it } from 'vitest';
import type { Page } from './drivers/browser.ts';
import { bundle } from './support/dist.ts';
import { sentAfter, startGateway, type Gateway } from './support/gateway.ts';
import { inEachBrowser } from './support/in-each-browser.ts';
import { startRouter } from './support/router.ts';
import { say } from './support/shop.ts';
import { htmlPage, startSite, type Site } from './support/site.ts';

const CAPTURES: readonly string[] = ['errors', 'vitals', 'navigation', 'fetchTiming', 'breadcrumbs'];
const ALL = CAPTURES.join();

/** A gateway that takes everything itself: what is asked here is only whether something comes. */
async function startCollector(): Promise<Gateway> {
  const gateway = await startGateway('http://127.0.0.1:9');
  gateway.refusal = 202;
  return gateway;
}

/** A page with a client of these options, as `metlog`, and with the captures that its address names in `?captures=a,b`. */
async function putApp(site: Site, options: string, before = ''): Promise<string> {
  const code = `
    import { createMetlog } from 'metlog/browser';
    import { breadcrumbs, errors, fetchTiming, navigation, vitals } from 'metlog/captures';
    const all = { breadcrumbs, errors, fetchTiming, navigation, vitals };
    const names = new URLSearchParams(location.search).get('captures')?.split(',') ?? [];
    window.metlog = createMetlog({ logger: 'shop', capture: names.map((name) => all[name]()), ${options} });`;
  site.put('/app.js', await bundle(code));
  site.put('/users/4711', '{}');
  const body = '<h1>A shop</h1><button id="buy">Buy</button>';
  return site.put('/', htmlPage(`<script>${before}</script><script src="/app.js"></script>${body}`));
}

/** Does in the page what each capture would tell of, and what the page itself would. */
async function live(page: Page): Promise<void> {
  await page.click('#buy');
  await page.evaluate(`history.pushState({}, '', '/cart')`);
  await page.evaluate(`fetch('/users/4711').then((response) => response.text())`);
  await page.evaluate(`(Promise.reject(new RangeError('refused')), null)`);
  await page.evaluate(`(setTimeout(() => { throw new TypeError('thrown') }), null)`);
  await say(page, 5);
}

/** Has this page record nothing more, and answers when that was. */
const disable = (page: Page): Promise<number> => page.evaluate('(metlog.setEnabled(false), Date.now())');

const STORED_KEYS = `[...Object.keys(localStorage), ...Object.keys(sessionStorage)]`;

inEachBrowser(({ open }) => {
  describe('a person who does not want it', () => {
    it('is left alone after setEnabled(false), which forgets what was kept as well', async () => {
      const gateway = await startGateway((await startRouter()).http);
      const site = await startSite();
      gateway.isShut = true;
      const page = await open(await putApp(site, `dest: '${gateway.origin}'`));
      await say(page, 50);
      await page.evaluate(`dispatchEvent(new PageTransitionEvent('pagehide'))`); // keeps what did not leave
      await page.evaluate(`dispatchEvent(new PageTransitionEvent('pageshow'))`);
      const disabledMs = await disable(page);
      await expect.poll(() => page.evaluate(STORED_KEYS)).toEqual([]);
      gateway.isShut = false;
      await say(page, 50);
      await page.goto(site.put('/other', htmlPage('')));
      expect(await page.evaluate(STORED_KEYS)).toEqual([]);
      expect(sentAfter(gateway, disabledMs)).toEqual([]);
    });

    it('is left alone after setEnabled(false), with each capture and with all together', async () => {
      const [gateway, site] = [await startCollector(), await startSite()];
      const url = await putApp(site, `dest: '${gateway.origin}', sessionRate: 0.999999`);
      const other = site.put('/other', htmlPage(''));
      const page = await open(other);
      for (const captures of [...CAPTURES, ALL]) {
        const postsBefore = gateway.posts.length;
        await page.goto(`${url}?captures=${captures}`);
        await live(page);
        expect(await page.evaluate('metlog.flush(10_000)'), captures).toBe(true);
        expect(await page.evaluate(STORED_KEYS), captures).toEqual(['metlog:recorded']); // what was drawn for the session
        expect(gateway.posts.length, captures).toBeGreaterThan(postsBefore);
        const disabledMs = await disable(page);
        await live(page);
        await page.goto(other);
        expect(await page.evaluate(STORED_KEYS), captures).toEqual([]);
        expect(sentAfter(gateway, disabledMs), captures).toEqual([]);
      }
    });

    it('is left alone when the browser says so by Global Privacy Control, with each capture and with all together', async () => {
      const [gateway, site] = [await startCollector(), await startSite()];
      // What an earlier page left, which had not asked.
      const left = `localStorage.setItem('metlog:x', Date.now() + ' ${gateway.origin}/v1/messages\\ntext'); sessionStorage.setItem('metlog:recorded', 'true');`;
      const objects = `Object.defineProperty(navigator, 'globalPrivacyControl', { configurable: true, value: true });`;
      const url = await putApp(site, `dest: '${gateway.origin}', gpc: true, sessionRate: 0.999999`, left + objects);
      const other = site.put('/other', htmlPage(''));
      const page = await open(other);
      for (const captures of [...CAPTURES, ALL]) {
        await page.goto(`${url}?captures=${captures}`);
        expect(await page.evaluate(STORED_KEYS), captures).toEqual([]);
        await live(page);
        await page.goto(other);
        expect(await page.evaluate(STORED_KEYS), captures).toEqual([]);
      }
      expect(gateway.posts).toEqual([]);
    });
  });

  describe('sampling by session', () => {
    /** Says something in a page whose next random number is this, and whether it left. */
    async function isRecorded(page: Page, url: string, gateway: Gateway): Promise<boolean> {
      const before = gateway.posts.length;
      await page.goto(url);
      await live(page);
      expect(await page.evaluate('metlog.flush(10_000)')).toBe(true);
      return gateway.posts.length > before;
    }

    it.each([
      [0, false],
      [1, true],
    ])('records of a rate of %d: %s', async (rate, isWanted) => {
      const [gateway, site] = [await startCollector(), await startSite()];
      const url = await putApp(site, `dest: '${gateway.origin}', sessionRate: ${rate}`);
      const page = await open(site.put('/empty', htmlPage('')));
      expect(await isRecorded(page, `${url}?captures=${ALL}`, gateway)).toBe(isWanted);
      await page.close(); // which says its last words
      expect(gateway.posts.length > 0).toBe(isWanted);
    });

    it('records a session whole, or none of it', async () => {
      const [gateway, site] = [await startCollector(), await startSite()];
      const options = `dest: '${gateway.origin}', sessionRate: 0.5`;
      const draw = `{ const { random } = Math; let isFirst = true; Math.random = () => isFirst ? (isFirst = false, Number(new URLSearchParams(location.search).get('drawn'))) : random(); }`;
      const url = await putApp(site, options, draw);
      const [first, second] = [await open(site.put('/empty', htmlPage(''))), await open(`${site.origin}/empty`)];
      const recorded: boolean[] = [];
      for (const drawn of [0.9, 0.1]) recorded.push(await isRecorded(first, `${url}?drawn=${drawn}`, gateway));
      for (const drawn of [0.1, 0.9]) recorded.push(await isRecorded(second, `${url}?drawn=${drawn}`, gateway));
      expect(recorded).toEqual([false, false, true, true]);
    });
  });
});
