import { describe, expect, it } from 'vitest';
import { startGateway } from './support/gateway.ts';
import { inEachBrowser } from './support/in-each-browser.ts';
import { startRouter } from './support/router.ts';
import { all, answeredTo, countAnswers, countOf, queuedBy, say, startShop } from './support/shop.ts';

// What a page makes of the relay's answers.

/** What `Retry-After` asks for, in seconds. */
const WAIT_S = 1;

describe('a page whose relay', () => {
  inEachBrowser(({ open }) => {
    it('answers 429 or 503 with Retry-After sends nothing before that time, and then each once', async () => {
      const router = await startRouter();
      const gateway = await startGateway(router.http);
      const page = await open((await startShop(gateway.origin)).home);
      await countAnswers(page);
      for (const [round, status] of [429, 503].entries()) {
        const before = gateway.posts.length;
        const answered = await answeredTo(page)();
        gateway.refuse(1, status, String(WAIT_S));
        await say(page, 5, round * 25);
        // What is said before the page has heard the answer goes at once, and rightly.
        await expect.poll(answeredTo(page)).toBeGreaterThan(answered);
        await say(page, 20, round * 25 + 5); // more than a body, which would go at once
        await page.evaluate(`(dispatchEvent(new Event('online')), null)`); // which ends other pauses
        await expect.poll(queuedBy(page)).toBe(0);
        const [refused, next] = gateway.posts.slice(before);
        expect([refused?.status, next?.status]).toEqual([status, 202]);
        expect(next!.atMs - refused!.atMs).toBeGreaterThanOrEqual(WAIT_S * 1_000);
      }
      await expect.poll(countOf(router, 'said')).toEqual(all(50));
    });

    it('answers 408, 425, 429 and 500 is asked again until it takes the message', async () => {
      const router = await startRouter();
      const gateway = await startGateway(router.http);
      const page = await open((await startShop(gateway.origin)).home);
      const answers = [408, 425, 429, 500];
      for (const status of answers) gateway.refuse(1, status);
      await say(page, 1);
      // A pause is random up to a second, then two, four and eight; what has the page look again ends it.
      await expect
        .poll(async () => {
          await page.evaluate(`(dispatchEvent(new Event('online')), null)`);
          return gateway.posts.map(({ status }) => status);
        })
        .toEqual([...answers, 202]);
      await expect.poll(countOf(router, 'said')).toEqual(all(1));
    });

    it('answers 400 or 413 is not asked again, and the loss is counted and told', async () => {
      const router = await startRouter();
      const gateway = await startGateway(router.http);
      const page = await open((await startShop(gateway.origin)).home);
      const options = `{ logger: 'shop', dest: '${gateway.origin}', onError: ({ reason }) => problems.push(reason) }`;
      await page.evaluate(`(window.problems = [], window.metlog = metlog.createMetlog(${options}), null)`);
      const stats = (): Promise<unknown> => page.evaluate('metlog.stats');
      gateway.refuse(1, 400);
      await say(page, 5);
      await expect.poll(stats).toMatchObject({ accepted: 5, queued: 0, dropped: { refused: 5 } });
      gateway.refuse(1, 413);
      await say(page, 5, 5);
      await expect.poll(stats).toMatchObject({ accepted: 10, queued: 0, dropped: { refused: 10 } });
      expect(await page.evaluate('problems')).toEqual(['refused']); // a reason is told once
      await say(page, 1, 10); // by which nothing else can wait
      await expect.poll(countOf(router, 'said')).toEqual(all(1));
      await page.close();
      const bodies = gateway.posts.filter(({ body }) => body.includes('"type":"said"'));
      expect(bodies.map(({ status }) => status)).toEqual([400, 413, 202]);
    });
  });
});
