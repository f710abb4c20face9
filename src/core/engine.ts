import { createAggregator, type Aggregate, type Aggregator } from './aggregator.ts';
import { assembleMetadata } from './assemble-metadata.ts';
import { createBooks, type Books, type Stats } from './books.ts';
import { toBoundedJson, type IsSecret } from './bounded-json.ts';
import { checkCallOptions, checkFinite, epochMsOf, InvalidCall, type CallOptions } from './call-options.ts';
import { decimalText } from './decimal.ts';
import type { DescribeException } from './exception.ts';
import type { JsonObject } from './json.ts';
import type { ResolvedOptions } from './options.ts';
import { createPatternRates, type RateOf } from './pattern-rates.ts';
import type { Cancel, Platform } from './platform.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { createRedaction } from './redact.ts';
import type { Revision, Scope } from './scope.ts';
import { DEFAULT_SEVERITY, type Severity } from './severity.ts';
import type { shorten } from './shorten.ts';
import { createShipper, type Shipper } from './shipper.ts';
import type { Sign } from './sign.ts';
import { textOf } from './text-of.ts';
import { formatTimestamp } from './timestamp.ts';

/** UTF-16 units kept of a payload: what the roomiest transport carries. Cut before anything is encoded, which costs time for each of them. */
const MAX_PAYLOAD_LENGTH = 1024 * 1024;

const NONE: JsonObject = {};

/** What becomes a message once its scope, flavors and options are added. */
export interface Draft {
  readonly type: string;
  readonly payload: string;
  /** Metadata that the SDK sets itself. */
  readonly own: JsonObject;
  /** What was cut of these already, as `metadata.truncated` names it. */
  readonly truncated?: readonly string[];
  /** Where the options name none. @default 6 */
  readonly severity?: Severity;
  /** Where the options name none, in epoch milliseconds. @default now */
  readonly timestampMs?: number;
}

/** What a runtime chooses of the SDK's own parts: a page carries less. */
export interface EngineParts {
  /** Says what is wrong with what is no message. */
  readonly explainMessage: (value: unknown) => string;
  readonly describeException: DescribeException;
  /** Shortens a message that is too long to send. @default it is dropped */
  readonly shorten?: typeof shorten;
  /** Signs what leaves. @default nothing is signed */
  readonly sign?: Sign | undefined;
  /** Metadata of what is going on as a message is sent, such as the request that is handled. Never throws. @default none */
  context?(): JsonObject | undefined;
}

/** What a client and its children share: books, queue, filters, flavors, timer rates. */
export interface Engine {
  readonly options: ResolvedOptions;
  readonly platform: Platform;
  readonly books: Books;
  readonly recorder: Recorder;
  readonly shipper: Shipper;
  readonly isSecret: IsSecret;
  readonly describeException: DescribeException;
  readonly revision: Revision;
  /** Metadata of what is going on; undefined where nothing is. */
  context(): JsonObject | undefined;
  /** The rate configured for a timer's name. */
  readonly rateOf: RateOf;
  /** The client's book. */
  stats(): Stats;
  /** False: nothing is recorded. */
  readonly isEnabled: boolean;
  /** Stops recording and forgets what waits, which is counted `disabled`; or records again, once there is a transport. */
  setEnabled(enabled: boolean): void;
  /** Counts a call. False: nothing may be recorded any more. */
  admit(): boolean;
  /** Takes an admitted call back: it is not one of those that are sampled. */
  withdraw(): void;
  /** Whether a call with this rate is one to send. */
  sample(rate: number): boolean;
  /** Completes and records `draft`. Throws `InvalidCall`, or what a getter in `options` throws. */
  emit(scope: Scope, draft: Draft, options: CallOptions): void;
  /** Counts a wrong call and tells it; throws it on when `strict`. */
  invalid(error: unknown): void;
  addFlavor(name: string, metadata: JsonObject): void;
  createAggregator(scope: Scope): Aggregator;
  /** Turns what waits to be aggregated into messages, for their metadata is about to change or their time has come. */
  drainAggregates(): void;
  /** Hands all that waits to the transport before it returns. */
  ship(): void;
  /** Does so, from now on with whatever comes, and closes the sender: the process or page is ending. */
  shipAtExit(): void;
  /** The page that was ending is looked at again. */
  stay(): void;
  flush(timeoutMs: number): Promise<boolean>;
  close(timeoutMs: number): Promise<void>;
}

export function createEngine(options: ResolvedOptions, platform: Platform, parts: EngineParts): Engine {
  const books = createBooks(
    options.onError ?? ((problem) => platform.warn(`metlog: ${problem.message}`)),
    platform.warn,
  );
  const isSecret = createRedaction(options.redact);
  const shipper = createShipper({ ...options, sign: parts.sign }, platform, books, stats);
  const recorder = createRecorder({
    logger: options.logger,
    filters: options.filters,
    platform,
    shipper,
    books,
    isSecret,
    explain: parts.explainMessage,
    shorten: parts.shorten,
  });
  const flavors = new Map<string, JsonObject>();
  const pending = new Map<Aggregator, Scope>();
  let cancelDrain: Cancel | undefined;
  let closed: Promise<void> | undefined;
  let exiting = false;
  let { enabled: isEnabled } = options;

  function flavorLayers(names: readonly string[]): JsonObject[] {
    const layers: JsonObject[] = [];
    for (const name of names) {
      const known = flavors.get(name);
      if (known) layers.push(known);
      else
        books.tell(
          'unknown-flavor',
          `flavor ${JSON.stringify(name)} was never added; its messages are sent without it`,
        );
    }
    return layers;
  }

  const context = parts.context ?? (() => undefined);

  function emit(scope: Scope, draft: Draft, given: CallOptions, around = context()): void {
    checkCallOptions(given);
    const call = given.metadata ? toBoundedJson(given.metadata, isSecret) : undefined;
    const isLong = draft.payload.length > MAX_PAYLOAD_LENGTH;
    const truncated = new Set(draft.truncated);
    if (isLong) truncated.add('payload');
    if (call?.truncated) truncated.add('metadata');
    const own = truncated.size > 0 ? { ...draft.own, truncated: [...truncated] } : draft.own;
    const layers = [scope.metadata(), ...flavorLayers(given.flavors ?? []), around ?? NONE, call?.value ?? NONE];
    const statedMs = given.timestamp === undefined ? draft.timestampMs : epochMsOf(given.timestamp);
    recorder.record({
      type: draft.type,
      timestamp: formatTimestamp(statedMs ?? platform.now()),
      logger: given.logger ?? scope.logger,
      severity: given.severity ?? draft.severity ?? DEFAULT_SEVERITY,
      payload: isLong ? `${draft.payload.slice(0, MAX_PAYLOAD_LENGTH)}…` : draft.payload,
      metadata: assembleMetadata(own, layers),
    });
  }

  function emitAggregate(scope: Scope, { type, name, rate, value, calls, options: given }: Aggregate): void {
    try {
      checkFinite('the sum of counts', value);
      // It is many calls, and this is the context of none of them.
      emit(scope, { type, payload: decimalText(value), own: { name, rate, calls } }, given, NONE);
    } catch (error) {
      drop(error);
    }
  }

  function drainAggregates(): void {
    cancelDrain?.();
    cancelDrain = undefined;
    const waiting = [...pending];
    pending.clear();
    for (const [aggregator, scope] of waiting) for (const entry of aggregator.drain()) emitAggregate(scope, entry);
  }

  function drop(error: unknown): void {
    const what =
      error instanceof InvalidCall ? error.message : `what was handed in could not be read: ${textOf(error)}`;
    books.drop('invalid', 1, `a call was dropped: ${what}`);
  }

  function stats(): Stats {
    let queued = shipper.queued;
    for (const aggregator of pending.keys()) queued += aggregator.size;
    const { accepted, sent, merged, dropped } = books;
    return { accepted, sent, queued, merged, dropped: { ...dropped } };
  }

  function flush(timeoutMs: number): Promise<boolean> {
    drainAggregates();
    return shipper.flush(timeoutMs);
  }

  async function close(timeoutMs: number): Promise<void> {
    const startedMs = platform.monotonic();
    await flush(timeoutMs);
    await shipper.close(timeoutMs - (platform.monotonic() - startedMs));
  }

  return {
    options,
    platform,
    books,
    recorder,
    shipper,
    isSecret,
    describeException: parts.describeException,
    revision: { current: 0 },
    context,
    rateOf: createPatternRates(options.timers),
    stats,
    get isEnabled() {
      return isEnabled;
    },
    setEnabled(enabled) {
      isEnabled = enabled;
      if (enabled) return;
      cancelDrain?.();
      cancelDrain = undefined;
      for (const aggregator of pending.keys()) books.drop('disabled', aggregator.drain().length);
      pending.clear();
      shipper.halt();
    },
    admit() {
      if (!isEnabled) return false;
      books.accepted += 1;
      if (closed) books.drop('closed', 1, 'a message came after close() and was dropped');
      return !closed;
    },
    withdraw() {
      books.accepted -= 1;
    },
    sample: (rate) => rate >= 1 || (rate > 0 && platform.random() < rate),
    emit,
    invalid(error) {
      drop(error);
      if (options.strict) throw error;
    },
    addFlavor(name, metadata) {
      drainAggregates();
      flavors.set(name, metadata);
    },
    createAggregator(scope) {
      const aggregator: Aggregator = createAggregator(
        books,
        () => {
          pending.set(aggregator, scope);
          if (exiting) drainAggregates();
          else cancelDrain ??= platform.after(options.flushMs, drainAggregates);
        },
        drainAggregates,
      );
      return aggregator;
    },
    drainAggregates,
    ship() {
      drainAggregates();
      shipper.shipAll();
    },
    shipAtExit() {
      exiting = true;
      drainAggregates();
      shipper.shipAll(true);
    },
    stay() {
      exiting = false;
      shipper.stay();
    },
    flush,
    close(timeoutMs) {
      closed ??= close(timeoutMs);
      return closed;
    },
  };
}
