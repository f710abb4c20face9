import { createCoreClient } from '../core/client.ts';
import type { Metlog } from '../core/metlog.ts';
import { resolveOptions } from '../core/options.ts';
import { describePageException } from './describe-exception.ts';
import { MESSAGES_PATH, parseDest, relayAddress } from './dest.ts';
import { createKept, NOTHING_KEPT } from './kept.ts';
import { createNet } from './net.ts';
import { followPageLife } from './page-life.ts';
import { splitPageOptions, type PageOptions } from './page-options.ts';
import { createPageTransport, type PageTransport } from './page-transport.ts';
import { createPagePlatform } from './platform.ts';

/** How long a message waits for company, in milliseconds: a request costs a page more than a datagram costs a service. */
const FLUSH_MS = 1_000;

/** Makes the client of a page or worker. `explainMessage` says what is wrong with what is no message. */
export function createPageClient(options: PageOptions, explainMessage: (value: unknown) => string): Metlog {
  const platform = createPagePlatform();
  const net = createNet();
  const { keep, isWanted, shared } = splitPageOptions(options);
  const resolved = resolveOptions(shared, { flushMs: FLUSH_MS }, MESSAGES_PATH);
  const enabled = resolved.enabled && isWanted;
  let transport: PageTransport | undefined;
  let ownUrl = '';
  const client = createCoreClient(
    { ...resolved, enabled },
    {
      platform,
      explainMessage,
      describeException: describePageException,
      openTransport(dest) {
        const url = parseDest(dest);
        if (typeof url === 'string') return url;
        ownUrl = url.href;
        const kept = keep ? createKept(url.href, platform) : NOTHING_KEPT;
        transport = createPageTransport(url.href, resolved.maxDatagramBytes ?? Infinity, { platform, net, kept });
        return transport;
      },
      addressOf: relayAddress,
      isOwnRequest: (requested) => requested === ownUrl,
      onClosed: () => unfollow(),
    },
  );
  if (!enabled) createKept('', platform).clear(); // who does not want this page recorded does not want the last one sent
  const unfollow = followPageLife({
    leave() {
      client.shipAtExit();
      transport?.leave();
      client.stay();
    },
    stay: () => transport?.stay(),
  });
  return client.metlog;
}
