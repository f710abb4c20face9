import type { ArchiveConfig } from './archive/archive-config.ts';
import type { KeySpecs } from './input/keys.ts';
import type { SegmentLimits } from './journal/writer-options.ts';
import type { Route, RouteTest } from './routes/route.ts';
import type { SinkFactory } from './sink.ts';
import type { SinkSpec } from './sinks/sink-spec.ts';
import type { TypeSpecs } from './types-schema.ts';

/** What a router is told; everything has a default. */
export interface RouterConfig {
  /** Folder of journal, cursors, archive, source maps and lock; made if need be. @default metlog-data */
  readonly dataDir?: string;
  readonly udp?: {
    /** An IP address or `localhost`. Another than this machine's own needs `keys` with a secret, or `allowUnsigned: true`. @default 127.0.0.1 */
    readonly host?: string;
    /** 0 picks a free one. @default 5565 */
    readonly port?: number;
    /** Receive buffer to ask the kernel for, in bytes. @default 4194304 */
    readonly recvBufferBytes?: number;
  };
  readonly archive?: ArchiveConfig;
  readonly journal?: {
    /** Size past which the oldest segments are deleted, read or not. @default 10737418240 */
    readonly maxBytes?: number;
    /** Senders remembered for deduplication. @default 1000000 */
    readonly maxSenders?: number;
  } & Partial<SegmentLimits>;
  /**
   * Types of messages that have a view of their own, each with the keys of its metadata: `{ 'order.placed': { total: 'number', at: 'date-time' } }`. Kinds are `number`,
   * `integer`, `boolean`, `string`, `date-time`, `date` and `json`; a JSON Schema says the same. It holds whatever senders announce. At most 200. @default none
   */
  readonly types?: TypeSpecs;
  /**
   * Keys by id: those with a `secret` are what senders sign with, those without what pages name in `?key=`. With one to sign with, UDP datagrams
   * without a signature are refused; with one for pages, what comes by HTTP without a key or a signature is. @default none
   */
  readonly keys?: KeySpecs;
  /** Takes UDP datagrams without a signature although there are keys, or although they come from other machines. @default false */
  readonly allowUnsigned?: boolean;
  /**
   * Names by which `metlog serve` may be asked besides those of this machine, such as that of a proxy in front: a page whose own name somebody made to
   * point here is refused. With `--host` for other machines every IP address may be named too. @default none
   */
  readonly hosts?: readonly string[];
  /**
   * Pages that may send to `metlog serve` and `metlog relay`: exact origins, `http://localhost:*` for any port, `null`, `*` for all. @default on a
   * loopback address `http://localhost:*`, `http://127.0.0.1:*` and `null`
   */
  readonly origins?: readonly string[];
  /** Proxies in front of `metlog serve` or `metlog relay`, each of which adds to X-Forwarded-For. @default 0: the header is not believed */
  readonly trustProxy?: number;
  /** What `metlog serve` and `metlog relay` take of HTTP bodies; `metlog/relay` says what each is, and its default. */
  readonly limits?: {
    readonly maxBodyBytes?: number;
    readonly maxLineBytes?: number;
    readonly bodyTimeoutMs?: number;
    readonly maxBodies?: number;
    readonly maxHeldBytes?: number;
    readonly ratePerSecond?: number;
    readonly burst?: number;
  };
  /** Adds a page's address to the metadata of its messages as `client_address`: `true` truncated, `'full'` whole. @default false */
  readonly addAddress?: boolean | 'full';
  /** Adds a page's user agent to the metadata of its messages as `user_agent`. @default false */
  readonly addUserAgent?: boolean;
  /**
   * Back ends by name: letters, digits, `_`, `-` and `.`, at most 64, of the last two none at its beginning; no two that differ in case
   * alone, and no two `file` sinks of one path. One that Metlog knows is an object with its `kind`, any other a function that makes it. At most
   * 64. @default none
   */
  readonly sinks?: Readonly<Record<string, SinkSpec | SinkFactory>>;
  /** Which sinks get which messages. @default none: everything goes to the archive alone */
  readonly routes?: readonly Route[];
  /** What the routes must do, for `metlog check`. @default none */
  readonly routeTests?: readonly RouteTest[];
  /** How long `close` goes on archiving, in milliseconds. @default 5000 */
  readonly closeDeadlineMs?: number;
}
