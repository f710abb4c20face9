import { describe, expect, it } from 'vitest';
import type { Page } from './drivers/browser.ts';
import { scriptTag } from './support/dist.ts';
import { startGateway } from './support/gateway.ts';
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
import { htmlPage } from './support/site.ts';

// Each promise that the SDK makes of delivery, with a real relay and the store asked what arrived.

describe('a page that is left', () => {
  inEachBrowser(({ open }) => {
    it('has said an error and an event in the task in which it left', async () => {
      const router = await startRouter();
      const shop = await startShop(router.http);
      const page = await open(shop.home);
      await inTask(
        page,
        `metlog.exception(new Error('no')); metlog.send('said', { metadata: { n: 0 } }); location.assign('/bare')`,
      );
      await expect.poll(countOf(router, 'said')).toEqual(all(1));
      await expect
        .poll(() => router.stored(`select error_type from messages where type = 'exception'`))
        .toHaveLength(1);
    });

    it('has said 150 messages of a kilobyte, where the next page has the SDK', async () => {
      const router = await startRouter();
      const shop = await startShop(router.http);
      shop.put('/next', htmlPage(await scriptTag(shop, { logger: 'shop', dest: router.http })));
      const page = await open(shop.home);
      await inTask(page, `${sayMany(150)}; location.assign('/next')`);
      await expect.poll(countOf(router, 'said')).toEqual(all(150));
    });

    it('leaves to the next page what it could not send without a network, and that sends it once', async () => {
      const router = await startRouter();
      const gateway = await startGateway(router.http);
      const shop = await startShop(gateway.origin);
      const page = await open(shop.home);
      await page.setOffline(true);
      gateway.isShut = true;
      await say(page, 20);
      await page.close();
      expect(await countOf(router, 'said')()).toEqual(all(0));
      gateway.isShut = false;
      const [first, second] = [await open(shop.home), await open(shop.home)];
      await expect.poll(countOf(router, 'said')).toEqual(all(20));
      await expect.poll(keptBy(first)).toBe(0);
      await expect.poll(keptBy(second)).toBe(0);
      expect(await countOf(router, 'said')()).toEqual(all(20));
    });

    it('leaves to the next page what its relay has just refused, which sends it once', async () => {
      const router = await startRouter();
      const gateway = await startGateway(router.http);
      const shop = await startShop(gateway.origin);
      gateway.refusal = 503;
      const page = await open(shop.home);
      await countAnswers(page);
      await say(page, 20);
      await expect.poll(answeredTo(page)).toBeGreaterThan(0);
      await page.close(); // the last beacons are refused too, and nobody is there to hear of it
      gateway.refusal = null;
      const next = await open(shop.home);
      await expect.poll(countOf(router, 'said')).toEqual(all(20));
      await expect.poll(keptBy(next)).toBe(0);
      expect(await countOf(router, 'said')()).toEqual(all(20));
    });

    it('goes on when it comes back from the back/forward cache', async () => {
      const router = await startRouter();
      const shop = await startShop(router.http);
      const tag = await scriptTag(shop, { logger: 'shop', dest: router.http });
      const script = `let n = 0; addEventListener('pageshow', ({ persisted }) => metlog.send('said', { metadata: { n: n++, persisted } }))`;
      const page = await open(shop.put('/cached', htmlPage(`${tag}<script>${script}</script>`)));
      await expect.poll(countOf(router, 'said')).toEqual(all(1));
      await page.goto(shop.bare);
      await inTask(page, 'history.back()');
      const sql = `select metadata->>'persisted' as persisted from messages where type = 'said' order by timestamp`;
      await expect.poll(() => router.stored(sql)).toEqual([{ persisted: 'false' }, { persisted: 'true' }]);
    });
  });
});

describe('a page that stays', () => {
  inEachBrowser(({ open }) => {
    it('delivers after two answers of 503', async () => {
      const router = await startRouter();
      const gateway = await startGateway(router.http);
      const shop = await startShop(gateway.origin);
      const page = await open(shop.home);
      gateway.refuse(2, 503);
      await say(page, 5);
      await expect.poll(countOf(router, 'said')).toEqual(all(5));
      expect(gateway.posts.filter(({ status }) => status === 503)).toHaveLength(2);
    });

    it('delivers what was said while the network was cut off', async () => {
      const router = await startRouter();
      const gateway = await startGateway(router.http);
      const shop = await startShop(gateway.origin);
      const page = await open(shop.home);
      await page.setOffline(true);
      gateway.isShut = true;
      await say(page, 100);
      expect(await page.evaluate('metlog.flush(1_500)')).toBe(false);
      expect(gateway.posts).toEqual([]); // it has not even tried
      gateway.isShut = false;
      await page.setOffline(false);
      await expect.poll(countOf(router, 'said')).toEqual(all(100));
    });

    it('sends to another destination what is said after `setMetlogDest`, and what waits', async () => {
      const [first, second] = [await startRouter(), await startRouter()];
      const page = await open((await startShop(first.http)).home);
      await say(page, 5);
      await expect.poll(countOf(first, 'said')).toEqual(all(5));
      const { hostname, port } = new URL(second.http);
      await page.evaluate(
        `(() => { ${sayMany(5, 5)}; metlog.setMetlogDest('${hostname}', ${port}); ${sayMany(20, 10)} })()`,
      );
      await expect.poll(countOf(second, 'said')).toEqual(all(25));
      await expect.poll(queuedBy(page)).toBe(0);
      expect(await countOf(first, 'said')()).toEqual(all(5));
    });

    it('is one of ten that say 500 messages each without a network, and all of it arrives once', async () => {
      const router = await startRouter();
      const gateway = await startGateway(router.http);
      const shop = await startShop(gateway.origin);
      const pages: Page[] = [];
      for (let tab = 0; tab < 10; tab++) pages.push(await open(shop.home));
      gateway.isShut = true;
      for (const [tab, page] of pages.entries()) {
        await page.setOffline(true);
        await page.evaluate(
          `(() => { for (let n = 0; n < 500; n++) metlog.send('said', { metadata: { n: ${tab * 500} + n } }) })()`,
        );
      }
      gateway.isShut = false;
      for (const page of pages) await page.setOffline(false);
      // Firefox slows hidden tabs down, and what they kept goes out one by one.
      await expect.poll(countOf(router, 'said'), { timeout: 90_000 }).toEqual(all(5_000));
      for (const page of pages) await expect.poll(queuedBy(page)).toBe(0);
      expect(await countOf(router, 'said')()).toEqual(all(5_000));
    });
  });
});
