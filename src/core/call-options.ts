import { isRecord } from './json.ts';
import { isName } from './name.ts';
import { isSeverity, type Severity } from './severity.ts';
import { parseTimestamp } from './timestamp.ts';

/** What every recording call takes. */
export interface CallOptions {
  /** When it happened: a Date, epoch milliseconds or ISO 8601 text. @default now; for a timer, its start */
  readonly timestamp?: Date | number | string | undefined;
  /** Whose message it is. @default the client's */
  readonly logger?: string | undefined;
  /** 0 (emergency) to 7 (debug). @default 6; 3 for exceptions; for the log calls, their own */
  readonly severity?: Severity | undefined;
  /** Key/value pairs; bounded, and secrets redacted, before they leave. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Names of registered sets of metadata to merge, in order. */
  readonly flavors?: readonly string[] | undefined;
}

/** What sampled calls take beside. */
export interface SampledOptions extends CallOptions {
  /** The fraction of calls that are sent, from 0 to 1; decided at each call. @default the client's `rate`, 1 */
  readonly rate?: number | undefined;
}

/** All that any call takes: a name that is none of these is a slip, and what it holds would be lost without a word. */
const OPTION_NAMES: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'timestamp',
  'logger',
  'severity',
  'metadata',
  'flavors',
  'rate',
  'payload',
  'count',
  'handled',
  'mechanism',
  'fingerprint',
  'sampled',
]);

/** A call that cannot become a message; its text says what came and what is wanted. */
export class InvalidCall extends Error {
  override readonly name = 'InvalidCall';
}

/** Throws `InvalidCall` unless the options have the shape that their types promise. JavaScript callers have no compiler. */
export function checkCallOptions(options: CallOptions): void {
  if (!isObject(options)) throw wrong('options', options, 'an object');
  for (const name in options) {
    if (!OPTION_NAMES.has(name))
      throw new InvalidCall(`${display(name)} is no option of a call; what is to be kept goes into metadata`);
  }
  const { timestamp, logger, severity, metadata, flavors } = options;
  if (timestamp !== undefined && epochMsOf(timestamp) === null)
    throw wrong('timestamp', timestamp, 'a Date, epoch milliseconds or ISO 8601 text');
  if (logger !== undefined && !isName(logger)) throw wrong('logger', logger, 'a text of 1 to 256 characters');
  if (severity !== undefined && !isSeverity(severity)) throw wrong('severity', severity, 'a whole number from 0 to 7');
  if (metadata !== undefined && !isRecord(metadata)) throw wrong('metadata', metadata, 'an object');
  if (flavors !== undefined && !(Array.isArray(flavors) && flavors.every((flavor) => typeof flavor === 'string'))) {
    throw wrong('flavors', flavors, 'a list of names');
  }
}

/** For what its type promises already: a type guard would narrow it to nothing. */
function isObject(value: unknown): boolean {
  return isRecord(value);
}

/** `timestamp` as epoch milliseconds; null when it is no time. */
export function epochMsOf(timestamp: unknown): number | null {
  if (timestamp instanceof Date) return parseTimestamp(timestamp.getTime());
  return parseTimestamp(timestamp);
}

/** Throws `InvalidCall` unless `name` can name a counter, timer or gauge. */
export function checkMetricName(name: unknown): asserts name is string {
  if (!isName(name)) throw wrong('name', name, 'a text of 1 to 256 characters');
}

/** Throws `InvalidCall` unless `value` is a finite number. */
export function checkFinite(option: string, value: unknown): asserts value is number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(option, value, 'a finite number');
}

/** Throws `InvalidCall` unless `rate` is a fraction. */
export function checkRate(rate: unknown): asserts rate is number {
  if (!isRate(rate)) throw wrong('rate', rate, 'a number from 0 to 1');
}

export function isRate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function wrong(option: string, got: unknown, want: string): InvalidCall {
  return new InvalidCall(`${option} must be ${want}, got ${display(got)}`);
}

/** A value in an error message: short, and never failing. */
export function display(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
