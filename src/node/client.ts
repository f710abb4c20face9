import { createCoreClient } from '../core/client.ts';
import { setDefaultClient } from '../core/default-client.ts';
import { readEnvOptions } from '../core/env-options.ts';
import { describeException } from '../core/exception.ts';
import { FULL_PARTS } from '../core/full-parts.ts';
import type { Metlog } from '../core/metlog.ts';
import { checkOptions } from '../core/option-rules.ts';
import { resolveOptions, type Destination, type MetlogOptions } from '../core/options.ts';
import { createSign } from '../core/sign.ts';
import type { Transport } from '../core/transport.ts';
import { createAnnouncer } from './announcer.ts';
import { DEFAULT_DEST, parseDest, udpAddress } from './dest.ts';
import { createCompleteCalls } from './exceptions/complete-calls.ts';
import { whileDescribing } from './exceptions/locals.ts';
import { shipAtExit } from './exit.ts';
import { openNodeTransport } from './open-transport.ts';
import { createNodePlatform } from './platform.ts';
import { contextMetadata } from './request-context.ts';

/**
 * A client. Options that are not given come from `METLOG_` variables, then from defaults.
 * Throws `ConfigError` for an option that is wrong, naming it, what came and what is wanted; nothing throws after that.
 */
export function createMetlog(options: MetlogOptions = {}): Metlog {
  const platform = createNodePlatform();
  const badVariables: string[] = [];
  const env = readEnvOptions(process.env, (message) => badVariables.push(message));
  checkOptions(options);
  const resolved = resolveOptions(options, env, DEFAULT_DEST);
  const complete = createCompleteCalls();
  const sign = createSign(resolved.secret, platform);
  const { logger } = resolved;
  const announcer = createAnnouncer({ logger, sign, tell: (message) => client.tell(message) }, platform);

  function openTransport(dest: Destination): Transport | string {
    const transport = openNodeTransport(dest, resolved.maxDatagramBytes, platform);
    // What comes by HTTP without a signature may be a page's, which has no say in what types hold.
    const isHeard = typeof transport !== 'string' && (sign !== undefined || isUdp(dest));
    announcer.setTransport(isHeard ? transport : undefined);
    return transport;
  }

  const client = createCoreClient(resolved, {
    ...FULL_PARTS,
    describeException: (thrown, mechanism, isSecret) =>
      whileDescribing(() => describeException(thrown, mechanism, isSecret, complete)),
    platform,
    context: contextMetadata,
    sign,
    openTransport,
    addressOf: udpAddress,
    onClosed: () => forget(),
  });
  const forget = shipAtExit(client);
  if (badVariables.length > 0) client.tell(badVariables.join('; '));
  return announcer.watch(client.metlog);
}

function isUdp(dest: Destination): boolean {
  const parsed = parseDest(dest);
  return typeof parsed !== 'string' && parsed.kind === 'udp';
}

/** Makes the default client, which `send`, `incr` and the other plain functions use in every copy of this package; closes the one before it. */
export function configure(options: MetlogOptions = {}): Metlog {
  return setDefaultClient(createMetlog(options));
}
