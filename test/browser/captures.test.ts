import { describe, expect, it } from 'vitest';
import type { Page } from './drivers/browser.ts';
import { bundle } from './support/dist.ts';
import { inEachBrowser } from './support/in-each-browser.ts';
import { startRouter, type Router } from './support/router.ts';
import { htmlPage, startSite, type Site } from './support/site.ts';
import { complaintsOf } from './support/watch.ts';

/** Settles once the page's observers have been told of this: those that came first, first. Of what is yet to come they hear nothing once the page is left. */
const untilTold = (type: string, what: string): string => `new Promise((done) => {
  const look = (list) => list.getEntries().some(({ name }) => name.includes('${what}')) && done(null);
  new PerformanceObserver(look).observe({ type: '${type}', buffered: true });
})`;

/** A page with these captures, in which an error, a click, a change of route and a request happen; then it is left. */
async function visit(
  open: (url: string) => Promise<Page>,
  captures: string,
): Promise<{ readonly router: Router; readonly site: Site; readonly complaints: readonly string[] }> {
  const [router, site] = [await startRouter(), await startSite()];
  site.put(
    '/app.js',
    await bundle(`
      import { createMetlog } from 'metlog/browser';
      import { breadcrumbs, errors, fetchTiming, navigation, vitals } from 'metlog/captures';
      window.metlog = createMetlog({ logger: 'shop', dest: '${router.http}', capture: [${captures}] });
      metlog.send('said');`),
  );
  site.put('/users/4711', '{}');
  const page = await open(
    site.put('/', htmlPage('<script src="/app.js"></script><h1>A shop</h1><button id="buy">Buy</button>')),
  );
  await page.click('#buy');
  await page.evaluate(`history.pushState({}, '', '/cart/12345?token=secret#top')`);
  await page.evaluate(`fetch('/users/4711?token=secret').then((response) => response.text())`);
  await page.evaluate(`(Promise.reject(new RangeError('refused')), null)`);
  await page.evaluate(`(setTimeout(() => { throw new TypeError('thrown') }), null)`);
  await expect.poll(async () => (await complaintsOf(page)).length).toBe(2);
  await page.evaluate(untilTold('paint', 'first-contentful-paint'));
  await page.evaluate(untilTold('resource', '/users/4711'));
  const complaints = await complaintsOf(page);
  await page.close();
  await expect.poll(() => router.stored(`select type from messages where type = 'said'`)).toHaveLength(1);
  return { router, site, complaints };
}

/** What each capture leaves in the store, as SQL answers it. */
const FINDS = {
  'errors()': {
    sql: `select error_type as said from messages where type = 'exception' and (metadata->>'$.exception.handled') = 'false' order by 1`,
    finds: ['RangeError', 'TypeError'],
  },
  'navigation()': {
    sql: `select metadata->>'page' as said from messages where name = 'page.view' order by timestamp, seq`,
    finds: ['/', '/cart/:id'],
  },
  'vitals()': {
    sql: `select distinct name as said from messages where name in ('web-vitals.ttfb', 'web-vitals.fcp') order by 1`,
    finds: ['web-vitals.fcp', 'web-vitals.ttfb'],
  },
  'fetchTiming()': {
    sql: `select regexp_replace(name, '^[^/]*', '') as said from messages where type = 'timer' and name like '%/users/%'`,
    finds: ['/users/:id'],
  },
} as const;

type Captured = keyof typeof FINDS;

async function saidBy(router: Router, capture: Captured): Promise<unknown> {
  return (await router.stored(FINDS[capture].sql)).map(({ said }) => said);
}

/** What a capture must never say: query and fragment, an id, the SDK's own requests. */
const LEAKS = `select payload, metadata from messages where cast(metadata as varchar) like '%secret%' or payload like '%secret%' or name like '%v1/messages%'`;

describe('the captures', () => {
  inEachBrowser(({ open, name }) => {
    it.each(Object.keys(FINDS) as Captured[])('%s alone says its own and nothing else', async (capture) => {
      const { router } = await visit(open, capture);
      await expect.poll(() => saidBy(router, capture)).toEqual(FINDS[capture].finds);
      for (const other of Object.keys(FINDS) as Captured[]) {
        if (other !== capture) expect(await saidBy(router, other), other).toEqual([]);
      }
      expect(await router.stored(LEAKS)).toEqual([]);
    });

    it('breadcrumbs() puts what came before into an exception', async () => {
      const { router } = await visit(open, 'breadcrumbs(), errors()');
      const sql = `select metadata->'breadcrumbs' as crumbs from messages where error_type = 'TypeError'`;
      await expect.poll(() => router.stored(sql)).toHaveLength(1);
      const [row] = await router.stored(sql);
      const crumbs = JSON.stringify(row?.['crumbs']);
      expect(crumbs).toContain('button#buy');
      expect(crumbs).toContain('/cart/:id');
      expect(await router.stored(LEAKS)).toEqual([]);
    });

    it('all together say all of it, and break nothing in the page', async () => {
      const { router, complaints } = await visit(
        open,
        'errors(), vitals(), navigation(), fetchTiming(), breadcrumbs()',
      );
      for (const capture of Object.keys(FINDS) as Captured[]) {
        await expect
          .poll(() => saidBy(router, capture), { message: `${capture} in ${name}` })
          .toEqual(FINDS[capture].finds);
      }
      expect(complaints.map((text) => text.split(':')[0])).toEqual(['unhandled', 'uncaught']);
      expect(await router.stored(LEAKS)).toEqual([]);
    });
  });
});
