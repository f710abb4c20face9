import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { startCli } from '../cli/run-cli.ts';
import { scriptTag } from './support/dist.ts';
import { complaintsOf } from './support/watch.ts';
import { inEachBrowser } from './support/in-each-browser.ts';
import { startRouter } from './support/router.ts';
import { htmlPage, startSite } from './support/site.ts';

/** The built `metlog relay` in a process of its own, which knows the router by its UDP address alone. It ends with the test. */
async function startRelay(dest: string, ...args: readonly string[]): Promise<string> {
  const child = startCli(['relay', '--http-port', '0', '--dest', dest, ...args]);
  let said = '';
  child.stderr.on('data', (part: Buffer) => (said += part.toString()));
  let address: string | undefined;
  for await (const line of createInterface(child.stdout)) {
    address ??= /^metlog: (http:.*)/.exec(line)?.[1];
    if (line === 'metlog: ready') break;
  }
  if (address === undefined) throw new Error(`metlog relay did not start: ${said}`);
  return address;
}

describe('a relay in a process of its own', () => {
  inEachBrowser(({ open }) => {
    it('brings what a page says to the router by UDP, with the numbers that the page gave it', async () => {
      const router = await startRouter();
      const relay = await startRelay(router.udp);
      const site = await startSite();
      const tag = await scriptTag(site, { logger: 'shop', dest: relay });
      const long = `metlog.send('long', { payload: 'y'.repeat(100_000) })`; // more than a datagram holds
      const many = `for (let n = 0; n < 200; n++) metlog.send('said', { payload: 'x'.repeat(500), metadata: { n } })`;
      await open(site.put('/', htmlPage(`${tag}<script>${many}; ${long}</script>`)));
      const counts = `select count(*)::double as stored, count(distinct seq)::double as numbers, count(distinct sender)::double as senders from messages where type = 'said'`;
      await expect.poll(() => router.stored(counts)).toEqual([{ stored: 200, numbers: 200, senders: 1 }]);
      await expect
        .poll(() => router.stored(`select length(payload)::double as length from messages where type = 'long'`))
        .toEqual([{ length: 100_000 }]);
    });

    it('tells a page of another origin that it may not send: it drops what it has, says so once, and does not try again', async () => {
      const relay = await startRelay('udp://127.0.0.1:9', '--origin', 'https://shop.example');
      const site = await startSite();
      const tag = await scriptTag(site, { logger: 'shop', dest: relay });
      const page = await open(site.put('/', htmlPage(`${tag}<script>metlog.incr('first')</script>`)));
      const stats = (): Promise<unknown> => page.evaluate('metlog.stats');
      const dropped = (count: number): unknown => ({
        accepted: count,
        sent: 0,
        queued: 0,
        merged: 0,
        dropped: { refused: count },
      });
      await expect.poll(stats).toEqual(dropped(1));
      await page.evaluate(`metlog.incr('second')`);
      await expect.poll(stats).toEqual(dropped(2));
      expect(await complaintsOf(page)).toEqual([expect.stringContaining(`${relay}/v1/messages answered 403`)]);
      expect(await page.evaluate('localStorage.length')).toBe(0);

      // What an earlier page kept is asked about once.
      const header = `{"metlog":1,"logger":"shop","sender":"earlier","seq":0,"sent":"2026-11-22T10:44:00.200Z"}`;
      const kept = JSON.stringify(`${header}\n{"type":"kept"}\n`);
      const url = JSON.stringify(`${relay}/v1/messages`);
      await page.evaluate(`localStorage.setItem('metlog:kept', Date.now() + ' ' + ${url} + '\\n' + ${kept})`);
      await page.goto(`${site.origin}/`);
      await expect.poll(() => page.evaluate('localStorage.length')).toBe(0);
      await expect.poll(stats).toEqual(dropped(1));
      const metrics = await (await fetch(`${relay}/metrics`)).text();
      expect(metrics).toMatch(/refused\w*\{reason="bad-origin"\} 4\n/);
    });
  });
});
