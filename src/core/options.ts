import type { Problem } from './books.ts';
import { display, isRate } from './call-options.ts';
import type { Capture } from './capture.ts';
import type { Filter } from './filters.ts';
import { isRecord, type JsonObject } from './json.ts';
import { isName, MAX_NAME_LENGTH } from './name.ts';
import { REDACTED_KEYS } from './redact.ts';
import { MIN_SECRET_LENGTH, parseSigningKey, type SigningKey } from './signing-key.ts';

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
  readonly signingKey: SigningKey | undefined;
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
  enabled: true,
  strict: false,
  debug: false,
} as const;

/** The least that holds a header and a small message. */
const MIN_DATAGRAM_BYTES = 512;
/** What UDP over IPv4 can carry: 65,535 less 20 (IP) and 8 (UDP). */
const MAX_DATAGRAM_BYTES = 65_507;

const isText = (value: unknown): boolean => typeof value === 'string';
const isFlag = (value: unknown): boolean => typeof value === 'boolean';
const isRecordOf = (isRight: (value: unknown) => boolean) => (value: unknown) =>
  isRecord(value) && Object.values(value).every(isRight);
const isBetween = (min: number, max: number) => (value: unknown) =>
  typeof value === 'number' && value >= min && value <= max;

/** A verdict on a value, and words for what is wanted. */
type Rule = readonly [isRight: (value: unknown) => boolean, want: string];

// By hand: a schema of such verdicts would say the same, and cost a page six kilobytes. Built in a call that bundlers may leave out: whoever
// imports `incr` alone configures nothing.
const RULES = /* @__PURE__ */ ((): Readonly<Record<keyof MetlogOptions, Rule>> => ({
  logger: [isName, `a text of 1 to ${MAX_NAME_LENGTH} characters`],
  dest: [(value) => isText(value) || isRecordOf(isText)(value), 'an address or { udp, http }'],
  release: [isText, 'a text'],
  environment: [isText, 'a text'],
  metadata: [isRecord, 'an object'],
  flavors: [isRecordOf(isRecord), 'an object of objects'],
  timers: [isRecordOf(isRate), 'an object of rates from 0 to 1'],
  filters: [
    (value) => Array.isArray(value) && value.every((filter) => typeof filter === 'function'),
    'a list of functions',
  ],
  rate: [isRate, 'a number from 0 to 1'],
  maxQueueBytes: [isBetween(1_024, 2 ** 31), 'a number of bytes from 1024'],
  flushMs: [isBetween(0, 60_000), 'a number of milliseconds from 0 to 60000'],
  maxDatagramBytes: [
    isBetween(MIN_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES),
    `a number of bytes from ${MIN_DATAGRAM_BYTES} to ${MAX_DATAGRAM_BYTES}`,
  ],
  aggregate: [isFlag, 'true or false'],
  redact: [(value) => Array.isArray(value) && value.every(isText), 'a list of words'],
  capture: [
    (value) => Array.isArray(value) && value.every((one) => isRecord(one) && typeof one['start'] === 'function'),
    'a list of captures',
  ],
  secret: [
    (value) => parseSigningKey(value) !== null,
    `a text <key id>:<secret>, the id of 1 to 64 letters, digits, _, - and ., the secret of at least ${MIN_SECRET_LENGTH} characters`,
  ],
  enabled: [isFlag, 'true or false'],
  strict: [isFlag, 'true or false'],
  onError: [(value) => typeof value === 'function', 'a function'],
  debug: [isFlag, 'true or false'],
}))();

/** The names of all options, as the README lists them. */
export const OPTION_NAMES = /* @__PURE__ */ Object.keys(RULES) as readonly (keyof MetlogOptions)[];

/** Fills in defaults. Throws `ConfigError` naming the option, what came and what is wanted. `env` holds what the environment said and loses to `given`. */
export function resolveOptions(given: MetlogOptions, env: MetlogOptions, defaultDest: string): ResolvedOptions {
  const isObject: boolean = isRecord(given); // a boolean of its own: narrowing would lose the type
  if (!isObject) throw new ConfigError(`options must be an object, got ${display(given)}`);
  const unknownName = Object.keys(given).find((name) => !Object.hasOwn(RULES, name));
  if (unknownName !== undefined)
    throw new ConfigError(`${unknownName} is not an option; the options are ${OPTION_NAMES.join(', ')}`);
  for (const [name, [isRight, want]] of Object.entries(RULES)) {
    const value = given[name as keyof MetlogOptions];
    if (value === undefined || isRight(value)) continue;
    // A secret that is nearly right is still one.
    throw new ConfigError(`${name} must be ${want}, got ${name === 'secret' ? 'something else' : displayPart(value)}`);
  }
  const release = given.release ?? env.release;
  const environment = given.environment ?? env.environment;
  return {
    logger: given.logger ?? env.logger ?? OPTION_DEFAULTS.logger,
    dest: given.dest ?? env.dest ?? defaultDest,
    metadata: {
      ...(release !== undefined && { release }),
      ...(environment !== undefined && { environment }),
      ...(given.metadata ?? env.metadata),
    },
    flavors: given.flavors ?? {},
    timers: { ...given.timers, ...env.timers },
    filters: given.filters ?? [],
    rate: given.rate ?? env.rate ?? OPTION_DEFAULTS.rate,
    maxQueueBytes: given.maxQueueBytes ?? env.maxQueueBytes ?? OPTION_DEFAULTS.maxQueueBytes,
    flushMs: given.flushMs ?? env.flushMs ?? OPTION_DEFAULTS.flushMs,
    maxDatagramBytes: given.maxDatagramBytes ?? env.maxDatagramBytes,
    aggregate: given.aggregate ?? env.aggregate ?? OPTION_DEFAULTS.aggregate,
    redact: given.redact ?? REDACTED_KEYS,
    capture: given.capture ?? [],
    signingKey: parseSigningKey(given.secret ?? env.secret) ?? undefined,
    enabled: given.enabled ?? env.enabled ?? OPTION_DEFAULTS.enabled,
    strict: given.strict ?? env.strict ?? OPTION_DEFAULTS.strict,
    onError: given.onError,
    debug: given.debug ?? env.debug ?? OPTION_DEFAULTS.debug,
  };
}

/** What came, with the entries of an object or list beside it, one of which is wrong. */
function displayPart(value: unknown): string {
  if (typeof value !== 'object' || value === null) return display(value);
  const entries = Object.entries(value).map(([key, inner]) => `${key}: ${display(inner)}`);
  return `${display(value)} of ${entries.length === 0 ? 'nothing' : entries.slice(0, 5).join(', ')}`;
}

/** Whether `value` is right for the option `name`: what a variable of the environment is held against. */
export function isOptionValue(name: keyof MetlogOptions, value: unknown): boolean {
  return value === undefined || RULES[name][0](value);
}
