import { createCoreClient } from '../core/client.ts';
import type { EngineParts } from '../core/engine.ts';
import type { Metlog } from '../core/metlog.ts';
import { ConfigError, resolveOptions, type MetlogOptions } from '../core/options.ts';
import { textOf } from '../core/text-of.ts';
import { describePageException } from './describe-exception.ts';
import { MESSAGES_PATH, parseDest, relayAddress } from './dest.ts';
import { createKept, NOTHING_KEPT } from './kept.ts';
import { createNet } from './net.ts';
import { pageGlobals } from './page-globals.ts';
import { followPageLife } from './page-life.ts';
import { createPageTransport, type PageTransport } from './page-transport.ts';
import { createPagePlatform } from './platform.ts';
import { createSilentClient } from './silent-client.ts';
import { forgetSession, isSessionSampled } from './session-sampling.ts';

/** How long a message waits for company, in milliseconds: a request costs a page more than a datagram costs a service. */
const FLUSH_MS = 1_000;

/** Addresses that the clients of this page send to: each leaves the others' requests alone too. */
const ownUrls = /* @__PURE__ */ new Set<string>();

/** What pages choose between: more words or fewer bytes. */
export interface PageParts extends Pick<EngineParts, 'explainMessage' | 'shorten'> {
  /** Throws `ConfigError` for an option that is wrong. */
  checkOptions(options: MetlogOptions): void;
}

/** Makes the client of a page or worker; a silent one where the page's globals allow no other. */
export function createPageClient(options: MetlogOptions, parts: PageParts): Metlog {
  parts.checkOptions(options);
  if (options.secret !== undefined)
    throw new ConfigError('secret must not be used in a page: who opens it can read it');
  try {
    return create(options, parts);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    console.warn(`metlog: this page allows no client: ${textOf(error)}`);
    return createSilentClient();
  }
}

function create(options: MetlogOptions, parts: PageParts): Metlog {
  const platform = createPagePlatform();
  const net = createNet();
  const resolved = resolveOptions(options, { flushMs: FLUSH_MS }, MESSAGES_PATH);
  const objects = resolved.gpc && pageGlobals().navigator?.globalPrivacyControl === true;
  const isForbidden = objects || !resolved.enabled;
  let transport: PageTransport | undefined;

  /** Who does not want this page recorded does not want the last one sent, whatever this one sends and keeps. */
  function forgetAll(): void {
    createKept('', platform).clear();
    forgetSession();
  }

  const client = createCoreClient(
    { ...resolved, enabled: !isForbidden && isSessionSampled(resolved.sessionRate) },
    {
      ...parts,
      platform,
      describeException: describePageException,
      openTransport(dest) {
        const url = parseDest(dest);
        if (typeof url === 'string') return url;
        ownUrls.add(url.href);
        const kept = resolved.keep ? createKept(url.href, platform) : NOTHING_KEPT;
        transport = createPageTransport(url.href, resolved.maxDatagramBytes ?? Infinity, { platform, net, kept });
        return transport;
      },
      addressOf: relayAddress,
      isOwnRequest: (requested) => ownUrls.has(requested),
      onDisabled: forgetAll,
      onClosed: () => unfollow(),
    },
  );
  if (isForbidden) forgetAll();
  const unfollow = followPageLife({
    leave(isGone) {
      client.shipAtExit();
      transport?.leave(isGone);
      // What the page's own listeners say after this one goes at once too; in a task of its own, if there is one, it waits again.
      platform.after(0, client.stay);
    },
    stay: () => transport?.stay(),
  });
  return client.metlog;
}
