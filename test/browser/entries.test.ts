import { describe, expect, it } from 'vitest';
import { attributes, bundle, integrityOf, readDist, scriptTag } from './support/dist.ts';
import { inEachBrowser } from './support/in-each-browser.ts';
import { startRouter, type Router } from './support/router.ts';
import { htmlPage, startSite } from './support/site.ts';
import { complaintsOf } from './support/watch.ts';

/** What the store has of a logger: each type with its name, in order. */
const typesOf = (router: Router, logger: string) => async (): Promise<readonly unknown[]> =>
  (
    await router.stored(
      `select type || coalesce(' ' || name, '') as said from messages where logger = '${logger}' and type not like 'metlog.%' order by 1`,
    )
  ).map(({ said }) => said);

/** Says one of each, on \`metlog\`. */
const SAY_ALL = `
  metlog.incr('page.opened');
  metlog.timing('page.drawn', 12.5);
  metlog.send('order.placed', { metadata: { total: 12.5 } });
  metlog.exception(new TypeError('no'));
  metlog.info('hello');`;
const ALL = ['counter page.opened', 'exception', 'log', 'order.placed', 'timer page.drawn'];

describe('the script tag', () => {
  inEachBrowser(({ open }) => {
    it('is a client with the name that the tag gives it, and complains of nothing', async () => {
      const [router, site] = [await startRouter(), await startSite()];
      const tag = await scriptTag(site, { logger: 'shop', dest: router.http });
      const page = await open(site.put('/', htmlPage(`${tag}<script>${SAY_ALL}</script>`)));
      await expect.poll(typesOf(router, 'shop')).toEqual(ALL);
      expect(await complaintsOf(page)).toEqual([]);
    });

    it('comes from `metlog serve` itself, and sends there', async () => {
      const [router, site] = [await startRouter(), await startSite()];
      const tag = `<script src="${router.http}/metlog.js" data-logger="shop"></script>`;
      await open(site.put('/', htmlPage(`${tag}<script>${SAY_ALL}</script>`)));
      await expect.poll(typesOf(router, 'shop')).toEqual(ALL);
    });

    it('reports what nobody catches', async () => {
      const [router, site] = [await startRouter(), await startSite()];
      const tag = await scriptTag(site, { logger: 'shop', dest: router.http });
      await open(
        site.put(
          '/',
          htmlPage(
            `${tag}<script>Promise.reject(new RangeError('refused'))</script><script>setTimeout(() => { throw new TypeError('thrown') })</script>`,
          ),
        ),
      );
      const sql = `select error_type, json_extract_string(metadata, '$.exception.value') as value, metadata->>'$.exception.handled' as handled from messages where type = 'exception' order by 1`;
      await expect
        .poll(() => router.stored(sql))
        .toEqual([
          { error_type: 'RangeError', value: 'refused', handled: 'false' },
          { error_type: 'TypeError', value: 'thrown', handled: 'false' },
        ]);
    });

    it('makes further clients', async () => {
      const [router, site] = [await startRouter(), await startSite()];
      const tag = await scriptTag(site, { logger: 'shop', dest: router.http });
      const script = `metlog.createMetlog({ logger: 'other', dest: '${router.http}' }).incr('page.opened')`;
      await open(site.put('/', htmlPage(`${tag}<script>${script}</script>`)));
      await expect.poll(typesOf(router, 'other')).toEqual(['counter page.opened']);
    });
  });
});

describe('the stub', () => {
  inEachBrowser(({ open }) => {
    it('keeps what is said, with its time, until the script is there, which has the right hash', async () => {
      const [router, site] = [await startRouter(), await startSite()];
      const script = await readDist('metlog.global.js');
      site.put('/metlog.js', script, { delayMs: 1_500 });
      site.put('/metlog.stub.js', await readDist('metlog.stub.js'));
      const data = { src: '/metlog.js', integrity: integrityOf(script), logger: 'shop', dest: router.http };
      const page = await open(
        site.put(
          '/',
          htmlPage(
            `<script src="/metlog.stub.js" ${attributes(data)}></script><script>window.saidMs = Date.now();${SAY_ALL}</script><script>throw new Error('early')</script>`,
          ),
        ),
      );
      await expect.poll(typesOf(router, 'shop')).toEqual([ALL[0], 'exception', ...ALL.slice(1)]);
      const [{ ms }] = (await router.stored(
        `select epoch_ms(timestamp)::double as ms from messages where name = 'page.opened'`,
      )) as [{ ms: number }];
      const saidMs = await page.evaluate<number>('saidMs');
      expect(Math.abs(ms - saidMs)).toBeLessThan(1_000); // the script took longer to come
    });

    it('lets the page be where the script has another hash', async () => {
      const [router, site] = [await startRouter(), await startSite()];
      site.put('/metlog.js', `${await readDist('metlog.global.js')};window.evil = true`);
      site.put('/metlog.stub.js', await readDist('metlog.stub.js'));
      const integrity = integrityOf(await readDist('metlog.global.js'));
      const data = { src: '/metlog.js', integrity, logger: 'shop', dest: router.http };
      const page = await open(
        site.put(
          '/',
          htmlPage(`<script src="/metlog.stub.js" ${attributes(data)}></script><script>${SAY_ALL}</script>`),
        ),
      );
      await expect.poll(() => site.visits).toContain('/metlog.js');
      expect(await page.evaluate('[window.evil ?? null, metlog.time("x", () => 7)]')).toEqual([null, 7]);
    });
  });
});

describe('a bundle', () => {
  inEachBrowser(({ open }) => {
    it.each(['metlog', 'metlog/browser', 'metlog/slim'])('of %s says it all', async (entry) => {
      const [router, site] = [await startRouter(), await startSite()];
      site.put(
        '/app.js',
        await bundle(`import { createMetlog } from '${entry}';
          const metlog = createMetlog({ logger: 'shop', dest: '${router.http}' });${SAY_ALL}`),
      );
      const page = await open(site.put('/', htmlPage('<script src="/app.js"></script>')));
      await expect.poll(typesOf(router, 'shop')).toEqual(ALL);
      expect(await complaintsOf(page)).toEqual([]);
    });

    it('runs in a worker, in a shared one and in a service worker', async () => {
      const [router, site] = [await startRouter(), await startSite()];
      const worker = (logger: string): Promise<string> =>
        bundle(`import { createMetlog } from 'metlog/browser';
          const metlog = createMetlog({ logger: '${logger}', dest: '${router.http}' });${SAY_ALL}`);
      site.put('/worker.js', await worker('worker'));
      site.put('/shared.js', await worker('shared'));
      site.put('/service.js', await worker('service'));
      const script = `new Worker('/worker.js'); if (window.SharedWorker) new SharedWorker('/shared.js');
        window.registered = navigator.serviceWorker ? navigator.serviceWorker.register('/service.js').then(() => 'yes', String) : 'none'`;
      const page = await open(site.put('/', htmlPage(`<script>${script}</script>`)));
      await expect.poll(typesOf(router, 'worker')).toEqual(ALL);
      if (await page.evaluate<boolean>('typeof SharedWorker === "function"')) {
        await expect.poll(typesOf(router, 'shared')).toEqual(ALL);
      }
      expect(await page.evaluate('registered')).toBe('yes');
      await expect.poll(typesOf(router, 'service')).toEqual(ALL);
    });

    it('runs in a sandboxed frame, which has neither an origin nor a storage', async () => {
      const [router, site] = [await startRouter(), await startSite()];
      const app = await bundle(`import { createMetlog } from 'metlog/browser';
        const metlog = createMetlog({ logger: 'framed', dest: '${router.http}' });${SAY_ALL}`);
      site.put('/app.js', app);
      site.put('/frame', htmlPage('<script src="/app.js"></script>'));
      await open(site.put('/', htmlPage('<iframe sandbox="allow-scripts" src="/frame"></iframe>')));
      await expect.poll(typesOf(router, 'framed')).toEqual(ALL);
    });
  });
});

describe('a strict policy', () => {
  inEachBrowser(({ open }) => {
    it.each(['script tag', 'stub', 'bundle'])('is not violated by the %s', async (entry) => {
      const [router, site] = [await startRouter(), await startSite()];
      const script = await readDist('metlog.global.js');
      const data = { logger: 'shop', dest: router.http };
      site.put('/metlog.js', script);
      site.put('/metlog.stub.js', await readDist('metlog.stub.js'));
      site.put('/say.js', SAY_ALL);
      site.put(
        '/app.js',
        await bundle(
          `import { createMetlog } from 'metlog/browser'; window.metlog = createMetlog({ logger: 'shop', dest: '${router.http}' })`,
        ),
      );
      const tags: Record<string, string> = {
        'script tag': `<script src="/metlog.js" ${attributes(data)}></script>`,
        stub: `<script src="/metlog.stub.js" ${attributes({ ...data, src: '/metlog.js', integrity: integrityOf(script) })}></script>`,
        bundle: `<script src="/app.js"></script>`,
      };
      const policy = `default-src 'none'; script-src 'self'; img-src data:; connect-src ${router.http}; report-uri /violations`;
      const page = await open(
        site.put('/', htmlPage(`${tags[entry]}<script src="/say.js"></script>`), {
          headers: { 'content-security-policy': policy },
        }),
      );
      await expect.poll(typesOf(router, 'shop')).toEqual(ALL);
      expect(await complaintsOf(page)).toEqual([]);
      await page.close();
      expect(site.violations).toEqual([]);
    });
  });
});
