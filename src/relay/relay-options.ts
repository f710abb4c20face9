import type { Acceptance } from './acceptance.ts';
import type { RelayKey } from './keys.ts';
import { requireWhole } from './require-whole.ts';

/** What a relay goes by, and what `reload` can change. */
export interface RelayRules {
  /**
   * Pages that may send: exact origins, `http://localhost:*` for any port, `null`, `*` for all. Requests without an Origin (programs), and
   * pages of the relay's own origin, always may. @default `http://localhost:*`, `http://127.0.0.1:*` and `null`
   */
  readonly origins?: readonly string[] | undefined;
  /**
   * Keys by id, of which a page names one in `?key=`. No secrets: whoever reads the page can name them; each says what may be sent with it.
   * With any, a body needs one of them. @default none: the relay asks for no key
   */
  readonly keys?: Readonly<Record<string, RelayKey>> | undefined;
  readonly limits?: RelayLimits | undefined;
  /**
   * Proxies of your own in front, each of which adds to X-Forwarded-For: so many entries of it are believed, from the right. @default 0: the
   * header is not looked at
   */
  readonly trustProxy?: number | undefined;
  /** Adds `metadata.client_address` to each message: `true` the first 24 bits of an IPv4 address or 48 of IPv6, `'full'` all. @default false */
  readonly addAddress?: boolean | 'full' | undefined;
  /** Adds `metadata.user_agent` to each message, at most 256 characters. @default false */
  readonly addUserAgent?: boolean | undefined;
}

export interface RelayLimits {
  /** Largest body, both as it arrives and decompressed, in bytes. @default 1048576 */
  readonly maxBodyBytes?: number | undefined;
  /** Longest line, in bytes; a longer one is refused and the others are taken. @default 1048576 */
  readonly maxLineBytes?: number | undefined;
  /** How long a body may take to arrive, all of it, in milliseconds. @default 20000 */
  readonly bodyTimeoutMs?: number | undefined;
  /** Bodies under way at once; a client whose address is known has a quarter of them at most. @default 1000 */
  readonly maxBodies?: number | undefined;
  /** Bytes of bodies under way, all together. @default 67108864 */
  readonly maxHeldBytes?: number | undefined;
  /** Bodies a second from one client with one key. Clients whose address the server does not tell count as one. @default 1000 */
  readonly ratePerSecond?: number | undefined;
  /** Bodies that such a client may send at once before that. @default 2000 */
  readonly burst?: number | undefined;
}

/**
 * Hands a body (any bytes) on, and resolves once its messages are safe. `key` is the id of the key that its page was let in with; whoever takes it
 * holds the lines against the key's loggers and types, as `router.accept(body, 'http', key)` does. A rejection is answered with 503.
 */
export type Deliver = (body: Uint8Array, key?: string) => Promise<Acceptance>;

export type RelayOptions = RelayRules &
  (
    | { readonly deliver: Deliver; readonly dest?: undefined }
    | {
        /** Where bodies go by UDP, as `udp://host:port`, in datagrams that fit. Needs Node, Bun or Deno. */
        readonly dest: string;
        readonly deliver?: undefined;
        /** `<key id>:<secret>`: datagrams are signed with it, for a router with `keys`. @default none */
        readonly secret?: string | undefined;
      }
  );

export const RELAY_LIMITS: { readonly [Name in keyof RelayLimits]-?: number } = {
  /** A message over HTTP may have 1 MiB, and a body holds at least one. */
  maxBodyBytes: 1024 * 1024,
  maxLineBytes: 1024 * 1024,
  /** The largest body over a slow mobile line, 50 KiB/s. */
  bodyTimeoutMs: 20_000,
  maxBodies: 1_000,
  maxHeldBytes: 64 * 1024 * 1024,
  /** A page has nine requests under way at most. This stops a flood; a proxy in front, or no address, makes many clients one. */
  ratePerSecond: 1_000,
  burst: 2_000,
};

/** The limits with every default filled in. Throws a RangeError that names one that is no whole number of at least 1. */
export function resolveLimits(given: RelayLimits = {}): typeof RELAY_LIMITS {
  const limits: Record<string, number> = {};
  for (const [name, fallback] of Object.entries(RELAY_LIMITS)) {
    const value = given[name as keyof RelayLimits] ?? fallback;
    requireWhole(`limits.${name}`, value, 1);
    limits[name] = value;
  }
  return limits as typeof RELAY_LIMITS;
}
