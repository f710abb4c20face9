import { pageKeys, type PageKey } from './keys.ts';
import { LOOPBACK_ORIGINS, originPolicy, type OriginPolicy } from './origins.ts';
import { resolveLimits, type RELAY_LIMITS, type RelayRules } from './relay-options.ts';
import { requireWhole } from './require-whole.ts';

/** What a relay goes by, ready for use. */
export interface Rules {
  readonly isListed: OriginPolicy;
  /** By id; empty where no key is asked for. */
  readonly keys: ReadonlyMap<string, PageKey>;
  readonly limits: typeof RELAY_LIMITS;
  readonly trustProxy: number;
  readonly addAddress: false | 'truncated' | 'full';
  readonly addUserAgent: boolean;
}

/** Fills in what the options do not say. Throws a RangeError that names the option for one that is wrong. */
export function resolveRules(given: RelayRules): Rules {
  const { origins = LOOPBACK_ORIGINS, trustProxy = 0, addAddress = false, addUserAgent = false } = given;
  requireWhole('trustProxy', trustProxy, 0);
  const limits = resolveLimits(given.limits);
  return {
    isListed: originPolicy(origins),
    keys: pageKeys(given.keys ?? {}, limits),
    limits,
    trustProxy,
    addAddress: addAddress === true ? 'truncated' : addAddress,
    addUserAgent,
  };
}
