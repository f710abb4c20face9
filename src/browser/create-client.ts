import { createCoreClient } from '../core/client.ts';
import type { EngineParts } from '../core/engine.ts';
import type { Metlog } from '../core/metlog.ts';
import { ConfigError, resolveOptions, type MetlogOptions } from '../core/options.ts';
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

/** What pages choose between: more words or fewer bytes. */
export interface PageParts extends Pick<EngineParts, 'explainMessage' | 'shorten'> {
  /** Throws `ConfigError` for an option that is wrong. */
  checkOptions(options: MetlogOptions): void;
}

/** Makes the client of a page or worker. */
export function createPageClient(options: PageOptions, parts: PageParts): Metlog {
  const platform = createPagePlatform();
  const net = createNet();
  const { keep, isWanted, shared } = splitPageOptions(options);
  parts.checkOptions(shared);
  if (shared.secret !== undefined) throw new ConfigError('secret must not be used in a page: who opens it can read it');
  const resolved = resolveOptions(shared, { flushMs: FLUSH_MS }, MESSAGES_PATH);
  const enabled = resolved.enabled && isWanted;
  let transport: PageTransport | undefined;
  let ownUrl = '';
  const client = createCoreClient(
    { ...resolved, enabled },
    {
      ...parts,
      platform,
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
