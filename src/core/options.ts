import type { Problem } from './books.ts';
import type { Capture } from './capture.ts';
import type { Filter } from './filters.ts';
import type { JsonObject } from './json.ts';
import { REDACTED_KEYS } from './redact.ts';

/** Where messages go: one address, or one for each kind of runtime, of which each takes its own. */
export type Destination = string | { readonly udp?: string; readonly http?: string };

export interface MetlogOptions {
  /** The application's or component's name. @default METLOG_LOGGER, else "app" */
  readonly logger?: string | undefined;
  /** `udp://host:port`, `http(s)://host/path`, or `{ udp, http }`. @default METLOG_DEST, else udp://127.0.0.1:5565 */
  readonly dest?: Destination | undefined;
  /** Version of the application; goes into every message's metadata. @default METLOG_RELEASE */
  readonly release?: string | undefined;
  /** Such as "production"; goes into every message's metadata. @default METLOG_ENVIRONMENT */
  readonly environment?: string | undefined;
  /** Goes into every message. @default METLOG_METADATA as JSON, else none */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Named sets of metadata, as `addFlavor` takes them. @default none */
  readonly flavors?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
  /** Rates by timer name, `*` for any run of characters; they win over the call's own. METLOG_TIMERS ("auth.*=0.1,debug.*=0") wins over these. @default none */
  readonly timers?: Readonly<Record<string, number>> | undefined;
  /** Each message passes all of them before it is numbered. @default none */
  readonly filters?: readonly Filter[] | undefined;
  /** Fraction of sampled calls that are sent where the call says nothing, 0 to 1. @default METLOG_RATE, else 1 */
  readonly rate?: number | undefined;
  /** Most that waits to be sent, in bytes; past it the least valuable go first. @default METLOG_MAX_QUEUE_BYTES, else 4194304 */
  readonly maxQueueBytes?: number | undefined;
  /** Longest that a message waits for company, in milliseconds. @default METLOG_FLUSH_MS, else 100 */
  readonly flushMs?: number | undefined;
  /** Datagrams are filled up to this, in bytes. @default METLOG_MAX_DATAGRAM_BYTES, else 1432; 16384 to a loopback address */
  readonly maxDatagramBytes?: number | undefined;
  /** Sums equal counters, and keeps the last of equal gauges, for one flush. @default METLOG_AGGREGATE, else false */
  readonly aggregate?: boolean | undefined;
  /** Words that mark a metadata key as a secret; replaces the built-in list. An empty list redacts nothing. @default REDACTED_KEYS */
  readonly redact?: readonly string[] | undefined;
  /** What records by itself while the client lives, such as `errors()` in a page. @default none */
  readonly capture?: readonly Capture[] | undefined;
  /** `<key id>:<secret>`, with which what is sent is signed; the router knows the same. Not in pages, where everyone can read it. @default METLOG_SECRET, else nothing is signed */
  readonly secret?: string | undefined;
  /** In a page: whether what could not be sent is kept in localStorage, for a day at most, and sent by the next page. @default true */
  readonly keep?: boolean | undefined;
  /** In a page: whether nothing is recorded for who asks for that by Global Privacy Control. https://w3c.github.io/gpc/ @default false */
  readonly gpc?: boolean | undefined;
  /** In a page: fraction of sessions, each a tab until it is closed, that are recorded, 0 to 1. @default 1 */
  readonly sessionRate?: number | undefined;
  /** False: nothing is recorded or sent. @default METLOG_ENABLED, else true */
  readonly enabled?: boolean | undefined;
  /** True: a wrong call throws, for tests. @default METLOG_STRICT, else false */
  readonly strict?: boolean | undefined;
  /** Called once a reason when something is lost or wrong. @default one warning on the console a reason */
  readonly onError?: ((problem: Problem) => void) | undefined;
  /** Prints each message as it is recorded. @default METLOG_DEBUG, else false */
  readonly debug?: boolean | undefined;
}

/** Thrown by `createMetlog` and `configure` alone: configuring fails early, recording never. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'bad-option';
}

export interface ResolvedOptions {
  readonly logger: string;
  readonly dest: Destination;
  readonly metadata: JsonObject | Readonly<Record<string, unknown>>;
  readonly flavors: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly timers: Readonly<Record<string, number>>;
  readonly filters: readonly Filter[];
  readonly rate: number;
  readonly maxQueueBytes: number;
  readonly flushMs: number;
  readonly maxDatagramBytes: number | undefined;
  readonly aggregate: boolean;
  readonly redact: readonly string[];
  readonly capture: readonly Capture[];
  readonly secret: string | undefined;
  readonly keep: boolean;
  readonly gpc: boolean;
  readonly sessionRate: number;
  readonly enabled: boolean;
  readonly strict: boolean;
  readonly onError: ((problem: Problem) => void) | undefined;
  readonly debug: boolean;
}

export const OPTION_DEFAULTS = {
  logger: 'app',
  rate: 1,
  /** Some 30,000 counters: a minute of a busy service while its destination's name resolves. */
  maxQueueBytes: 4 * 1024 * 1024,
  flushMs: 100,
  aggregate: false,
  keep: true,
  gpc: false,
  sessionRate: 1,
  enabled: true,
  strict: false,
  debug: false,
} as const;

/** Fills in defaults of options that are right. `env` holds what the environment said and loses to `given`. */
export function resolveOptions(given: MetlogOptions, env: MetlogOptions, defaultDest: string): ResolvedOptions {
  const { release, environment, metadata, ...merged } = {
    ...OPTION_DEFAULTS,
    dest: defaultDest,
    flavors: {},
    filters: [],
    redact: REDACTED_KEYS,
    capture: [],
    maxDatagramBytes: undefined,
    secret: undefined,
    onError: undefined,
    ...stated(env),
    ...stated(given),
  };
  return {
    ...merged,
    metadata: { ...stated({ release, environment }), ...metadata },
    timers: { ...given.timers, ...env.timers },
  };
}

/** The options that were given. */
function stated<T extends object>(options: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { readonly [K in keyof T]?: Exclude<T[K], undefined> };
}
