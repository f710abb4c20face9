import type { Acceptance } from '../../src/relay/acceptance.ts';
import { createRelay, type Relay, type RequestInfo } from '../../src/relay/relay.ts';
import type { Deliver, RelayRules } from '../../src/relay/relay-options.ts';
import { createManualPlatform, type ManualPlatform } from '../../src/testing/index.ts';

export const MESSAGES_URL = 'http://127.0.0.1:5566/v1/messages';
export const TAKEN: Acceptance = { accepted: 1, duplicates: 0, refused: [] };

export interface RelayHarness {
  readonly relay: Relay;
  readonly clock: ManualPlatform;
  /** What was handed on, as text. */
  readonly bodies: string[];
  /** The keys that it was handed on with. */
  readonly keys: (string | undefined)[];
  post(query?: string, init?: RequestInit, info?: RequestInfo): Promise<Response>;
  /** Posts, and resolves to the status. */
  status(query?: string, init?: RequestInit, info?: RequestInfo): Promise<number>;
  /** The reasons for which requests were refused so far, and how often. */
  refused(): Readonly<Record<string, number>>;
}

/** A relay whose time is moved by hand, and that hands bodies on to a list. */
export function relayHarness(rules: RelayRules & { readonly deliver?: Deliver } = {}): RelayHarness {
  const bodies: string[] = [];
  const keys: (string | undefined)[] = [];
  const clock = createManualPlatform();
  const relay = createRelay(
    {
      deliver: async (body, key) => {
        bodies.push(new TextDecoder().decode(body));
        keys.push(key);
        return TAKEN;
      },
      ...rules,
    },
    { clock },
  );
  const post: RelayHarness['post'] = (query = '', init = {}, info = {}) =>
    relay.fetch(new Request(MESSAGES_URL + query, { method: 'POST', body: 'x', ...init }), info);
  return {
    relay,
    clock,
    bodies,
    keys,
    post,
    status: async (...args) => (await post(...args)).status,
    refused: () => Object.fromEntries(Object.entries(relay.stats().refused).filter(([, count]) => count > 0)),
  };
}
