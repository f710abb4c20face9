import { describe, expect, it } from 'vitest';
import type { Page } from './drivers/browser.ts';
import { sentAfter, startGateway, type Gateway } from './support/gateway.ts';
import { inEachBrowser } from './support/in-each-browser.ts';
import { startRouter } from './support/router.ts';
import {
  all,
  answeredTo,
  countAnswers,
  countOf,
  inTask,
  keptBy,
  queuedBy,
  say,
  sayMany,
  startShop,
} from './support/shop.ts';
import { complaintsOf } from './support/watch.ts';

// What a page that is left, or hidden, does with what it has not sent.

/** A beacon of the page's own, which leaves less than a body's room of the 64 KiB that Chromium lets out together, and takes its time. */
const CROWD = `navigator.sendBeacon('/slow', 'x'.repeat(56_000))`;

const addressOf = (page: Page) => (): Promise<string> => page.evaluate('location.pathname');

/** How many requests with messages of type `said` came. */
const bodiesAt = (gateway: Gateway): number =>
  gateway.posts.filter(({ body }) => body.includes('"type":"said"')).length;

inEachBrowser(({ name, open }) => {
  describe('a page that is left', () => {
    it('has its exceptions go first, where more waits than can leave; the rest comes once, with the next page that can say it', async () => {
      const router = await startRouter();
      const gateway = await startGateway(router.http);
      const shop = await startShop(gateway.origin);
      const page = await open(shop.home);
      gateway.isHolding = true; // or it would send one after the other as long as it is there
      await inTask(
        page,
        `${sayMany(100)}; metlog.exception(new RangeError('no')); ${sayMany(50, 100)}; location.assign('/bare')`,
      );
      const exceptions = (): Promise<unknown> =>
        router.stored(`select error_type from messages where type = 'exception'`);
      await expect.poll(exceptions).toEqual([{ error_type: 'RangeError' }]);
      expect(await keptBy(page)()).toBeGreaterThan(0);
      gateway.isHolding = false;
      await page.goto(shop.home);
      await expect.poll(countOf(router, 'said')).toEqual(all(150));
      await expect.poll(keptBy(page)).toBe(0);
      expect(await countOf(router, 'said')()).toEqual(all(150));
    });

    it('splits what the browser does not take whole, and has each message arrive once', async () => {
      const router = await startRouter();
      const gateway = await startGateway(router.http);
      const shop = await startShop(gateway.origin);
      shop.put('/slow', '', { delayMs: 60_000 });
      const page = await open(shop.home);
      // Which sends nothing before it leaves, however long that takes.
      const options = `{ logger: 'shop', dest: '${gateway.origin}', flushMs: 60_000 }`;
      await page.evaluate(`(window.metlog = metlog.createMetlog(${options}), null)`);
      await inTask(page, `${CROWD}; ${sayMany(12)}; location.assign('/bare')`);
      await expect.poll(addressOf(page)).toBe('/bare');
      await expect.poll(() => bodiesAt(gateway)).toBe(1);
      await page.goto(shop.home);
      await expect.poll(countOf(router, 'said')).toEqual(all(12));
      // The other browsers let a page's beacons out whatever else is on its way.
      expect(bodiesAt(gateway)).toBe(name === 'chromium' ? 2 : 1);
    });

    it('keeps nothing with `keep: false`, and what failed is not said again', async () => {
      const gateway = await startGateway('http://127.0.0.1:9'); // it passes nothing on
      const shop = await startShop(gateway.origin);
      const page = await open(shop.home);
      const client = `metlog.createMetlog({ logger: 'shop', dest: '${gateway.origin}', keep: false })`;
      await page.evaluate(`(window.metlog = ${client}, null)`);
      gateway.refusal = 503;
      await say(page, 5);
      await expect.poll(() => bodiesAt(gateway)).toBeGreaterThan(0); // and more where it was asked again meanwhile
      await say(page, 150, 5);
      await inTask(page, `location.assign('/bare')`);
      await expect.poll(addressOf(page)).toBe('/bare');
      expect(await page.evaluate('[localStorage.length, sessionStorage.length]')).toEqual([0, 0]);
      const leftMs = await page.evaluate<number>('Date.now()');
      gateway.refusal = 202;
      await page.goto(shop.home);
      await page.evaluate(`metlog.send('other', { metadata: { n: 0 } })`);
      const sayings = (): readonly string[] =>
        sentAfter(gateway, leftMs).flatMap(({ body }) => /"type":"(?:said|other)"/.exec(body)?.[0] ?? []);
      await expect.poll(sayings).toEqual(['"type":"other"']);
      await expect.poll(queuedBy(page)).toBe(0); // after it, the page says what is kept
      expect(await page.evaluate('localStorage.length')).toBe(0);
      expect(sayings()).toEqual(['"type":"other"']);
    });
  });

  describe('a page that is hidden', () => {
    it('sends on, and says again what its relay did not take', async () => {
      const router = await startRouter();
      const gateway = await startGateway(router.http);
      const page = await open((await startShop(gateway.origin)).home);
      await countAnswers(page);
      gateway.refusal = 503;
      await say(page, 5);
      await expect.poll(answeredTo(page)).toBeGreaterThan(0);
      await say(page, 5, 5);
      const before = bodiesAt(gateway);
      await page.setHidden(true);
      await expect.poll(() => page.evaluate('document.visibilityState')).toBe('hidden');
      // Beacons, of which nobody tells the page what became.
      await expect.poll(() => bodiesAt(gateway)).toBeGreaterThan(before);
      await say(page, 5, 10);
      gateway.refusal = null;
      await expect.poll(countOf(router, 'said')).toEqual(all(15));
      await say(page, 5, 15);
      await expect.poll(countOf(router, 'said')).toEqual(all(20));
      expect(await page.evaluate('document.visibilityState')).toBe('hidden');
      await page.setHidden(false);
      await say(page, 5, 20);
      await expect.poll(countOf(router, 'said')).toEqual(all(25));
      await expect.poll(keptBy(page)).toBe(0);
      expect((await complaintsOf(page)).filter((text) => text.startsWith('uncaught'))).toEqual([]);
    });
  });
});
