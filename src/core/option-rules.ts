import { display, isRate } from './call-options.ts';
import { isRecord } from './json.ts';
import { isName, MAX_NAME_LENGTH } from './name.ts';
import { ConfigError, type MetlogOptions } from './options.ts';
import { MIN_SECRET_LENGTH, parseSigningKey } from './signing-key.ts';

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
  keep: [isFlag, 'true or false'],
  gpc: [isFlag, 'true or false'],
  sessionRate: [isRate, 'a number from 0 to 1'],
  enabled: [isFlag, 'true or false'],
  strict: [isFlag, 'true or false'],
  onError: [(value) => typeof value === 'function', 'a function'],
  debug: [isFlag, 'true or false'],
}))();

/** The names of all options, as the README lists them. */
export const OPTION_NAMES = /* @__PURE__ */ Object.keys(RULES) as readonly (keyof MetlogOptions)[];

/** Throws `ConfigError` for an option that is wrong, naming it, what came and what is wanted. */
export function checkOptions(given: MetlogOptions): void {
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
