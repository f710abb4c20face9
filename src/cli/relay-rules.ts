import type { RelayRules } from '../relay/relay-options.ts';
import type { RouterConfig } from '../router/router-config.ts';

/** What of a configuration concerns the relay. */
export const relayRules = (config: RouterConfig): RelayRules => ({
  origins: config.origins,
  keys: config.keys,
  limits: config.limits,
  trustProxy: config.trustProxy,
  addAddress: config.addAddress,
  addUserAgent: config.addUserAgent,
});
