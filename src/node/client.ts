import { createCoreClient } from '../core/client.ts';
import { setDefaultClient } from '../core/default-client.ts';
import { readEnvOptions } from '../core/env-options.ts';
import { describeException } from '../core/exception.ts';
import { FULL_PARTS } from '../core/full-parts.ts';
import type { Metlog } from '../core/metlog.ts';
import { checkOptions } from '../core/option-rules.ts';
import { resolveOptions, type MetlogOptions } from '../core/options.ts';
import { createSign } from '../core/sign.ts';
import { DEFAULT_DEST, udpAddress } from './dest.ts';
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
  const client = createCoreClient(resolved, {
    ...FULL_PARTS,
    describeException: (thrown, mechanism, isSecret) =>
      whileDescribing(() => describeException(thrown, mechanism, isSecret, complete)),
    platform,
    context: contextMetadata,
    sign: createSign(resolved.secret, platform),
    openTransport: (dest) => openNodeTransport(dest, resolved.maxDatagramBytes, platform),
    addressOf: udpAddress,
    onClosed: () => forget(),
  });
  const forget = shipAtExit(client);
  if (badVariables.length > 0) client.tell(badVariables.join('; '));
  return client.metlog;
}

/** Makes the default client, which `send`, `incr` and the other plain functions use in every copy of this package; closes the one before it. */
export function configure(options: MetlogOptions = {}): Metlog {
  return setDefaultClient(createMetlog(options));
}
