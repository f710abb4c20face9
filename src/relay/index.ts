export { createRelay } from './relay.ts';
export { toNodeHandler } from './node-handler.ts';
export { RELAY_REFUSALS } from './stats.ts';
export type { Acceptance, RefusedLine } from './acceptance.ts';
export type { RelayKey } from './keys.ts';
export type { NodeHandler } from './node-handler.ts';
export type { Relay, RelayDeps, RequestInfo } from './relay.ts';
export type { Deliver, RelayLimits, RelayOptions, RelayRules } from './relay-options.ts';
export type { RelayRefusal, RelayStats } from './stats.ts';
