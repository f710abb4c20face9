import { describe, expect, it } from 'vitest';
import { startGateway } from './support/gateway.ts';
import { inEachBrowser } from './support/in-each-browser.ts';
import { startRouter } from './support/router.ts';
import { htmlPage, startSite } from './support/site.ts';
import { complaintsOf } from './support/watch.ts';

// The harness by itself, with pages that do by hand what the SDK does: what other tests do not find in the store was not sent.

/** A script that sends one message, with `say(text)`. */
const beaconScript = (dest: string): string => `
  const header = { metlog: 1, logger: 'page', hostname: '', pid: 0, sender: Math.random().toString(36).slice(2), sent: new Date().toISOString() };
  let seq = 0;
  function say(payload) {
    const message = { type: 'log', timestamp: new Date().toISOString(), severity: 6, payload, metadata: {} };
    return navigator.sendBeacon('${dest}', JSON.stringify({ ...header, seq: seq++ }) + '\\n' + JSON.stringify(message) + '\\n');
  }`;

describe('a hand-written page', () => {
  inEachBrowser(({ open }) => {
    it('says by beacon what the store has then, also while it is left', async () => {
      const router = await startRouter();
      const site = await startSite();
      const script = beaconScript(`${router.http}/v1/messages`);
      const page = await open(
        site.put(
          '/',
          htmlPage(
            `<script>${script}; say('loaded'); addEventListener('pagehide', () => say('left')); document.title = 'ready'</script>`,
          ),
        ),
      );
      expect(await page.evaluate('document.title')).toBe('ready');
      await page.close();
      await expect
        .poll(() => router.stored('select logger, payload from messages order by payload'))
        .toEqual([
          { logger: 'page', payload: 'left' },
          { logger: 'page', payload: 'loaded' },
        ]);
    });

    it('is answered, refused or cut off by the gateway as the test says', async () => {
      const router = await startRouter();
      const gateway = await startGateway(router.http);
      const site = await startSite();
      const page = await open(site.put('/', htmlPage('')));
      const post = (): Promise<unknown> =>
        page.evaluate(
          `fetch('${gateway.origin}/v1/messages', { method: 'POST', body: 'nothing' }).then(({ status }) => status, () => 'failed')`,
        );
      expect(await post()).toBe(400);
      gateway.refuse(1, 503);
      expect(await post()).toBe(503);
      gateway.isShut = true;
      expect(await post()).toBe('failed');
      gateway.isShut = false;
      expect(await post()).toBe(400);
    });

    it('is told that it is offline, and that it is online again', async () => {
      const site = await startSite();
      const page = await open(site.put('/', htmlPage('')));
      await page.evaluate(
        `(window.heard = [], ['offline', 'online'].forEach((name) => addEventListener(name, () => heard.push(name))), null)`,
      );
      await page.setOffline(true);
      expect(await page.evaluate('navigator.onLine')).toBe(false);
      await page.setOffline(false);
      expect(await page.evaluate('navigator.onLine')).toBe(true);
      await expect.poll(() => page.evaluate('heard')).toEqual(['offline', 'online']);
    });

    it('is told that it is hidden, and to be seen again', async () => {
      const site = await startSite();
      const page = await open(site.put('/', htmlPage('')));
      const script = `(window.seen = [], addEventListener('visibilitychange', () => seen.push(document.visibilityState)), null)`;
      await page.evaluate(script);
      await page.setHidden(true);
      await expect.poll(() => page.evaluate('seen')).toEqual(['hidden']);
      await page.setHidden(false);
      await expect.poll(() => page.evaluate('seen')).toEqual(['hidden', 'visible']);
    });

    it('is found out when it does what its policy forbids, and may be asked under any', async () => {
      const site = await startSite();
      site.put('/wicked.js', `try { eval('1') } catch { /* as it should */ }; console.warn('I tried')`);
      const policy = "default-src 'none'; script-src 'self'; img-src data:; report-uri /violations";
      const page = await open(
        site.put('/', htmlPage('<script src="/wicked.js"></script>'), {
          headers: { 'content-security-policy': policy },
        }),
      );
      // A violation is told in a task of its own.
      await expect
        .poll(() => complaintsOf(page))
        .toEqual(expect.arrayContaining(['warn: I tried', expect.stringContaining('violation: script-src')]));
      await expect.poll(() => site.violations.length).toBe(1);
    });

    it('shares its storage with the other pages of its origin alone', async () => {
      const [site, other] = [await startSite(), await startSite()];
      const page = await open(site.put('/', htmlPage('')));
      await page.evaluate(`localStorage.setItem('a', '1')`);
      const second = await open(site.put('/second', htmlPage('')));
      await expect.poll(() => second.evaluate(`localStorage.getItem('a')`)).toBe('1'); // which may be another process
      const elsewhere = await open(other.put('/', htmlPage('')));
      expect(await elsewhere.evaluate(`localStorage.getItem('a')`)).toBe(null);
    });

    it('can be clicked, and fails with what it threw', async () => {
      const site = await startSite();
      const page = await open(site.put('/', htmlPage(`<button onclick="document.title = 'clicked'">Do</button>`)));
      await page.click('button');
      await expect.poll(() => page.evaluate('document.title')).toBe('clicked');
      await expect(page.evaluate(`Promise.reject(new Error('no'))`)).rejects.toThrow('no');
    });
  });
});
