import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { startCli } from '../cli/run-cli.ts';
import { scriptTag } from './support/dist.ts';
import { inEachBrowser } from './support/in-each-browser.ts';
import { startRouter } from './support/router.ts';
import { htmlPage, startSite } from './support/site.ts';

/** The built `metlog relay` in a process of its own, which knows the router by its UDP address alone. It ends with the test. */
async function startRelay(dest: string): Promise<string> {
  const child = startCli(['relay', '--http-port', '0', '--dest', dest]);
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
  });
});
