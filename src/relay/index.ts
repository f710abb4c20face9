export { createRelay } from './relay.ts';
export type { Acceptance, Relay, RelayOptions } from './relay.ts';
