import type { Stats } from './books.ts';
import type { CallOptions, SampledOptions } from './call-options.ts';
import type { MessageDefinition, MetadataOf } from './define-message.ts';
import type { Plugin } from './filters.ts';
import type { Timer } from './timer.ts';

export interface SendOptions extends CallOptions {
  /** The content, as text. @default '' */
  readonly payload?: string | undefined;
}

export interface CountOptions extends SampledOptions {
  /** How much to add. @default 1 */
  readonly count?: number | undefined;
}

export interface TimingOptions extends SampledOptions {
  /** True: the caller has decided that this one is sent, and `rate` says of how many it is one. A rate that `timers` configures applies to it as well. @default false */
  readonly sampled?: boolean | undefined;
}

export interface ExceptionOptions extends CallOptions {
  /** Whether the application caught it itself. @default true */
  readonly handled?: boolean | undefined;
  /** What caught it, such as the name of a framework. @default generic */
  readonly mechanism?: string | undefined;
  /** The group it belongs to, in the application's own words. @default made of its type and its calls */
  readonly fingerprint?: string | undefined;
}

export interface ChildOptions {
  /** @default the parent's */
  readonly logger?: string | undefined;
  /** Merged over the parent's. @default none */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** Logs a text as a message of type `log`. An Error of severity `error` or graver becomes an exception instead. */
export type LogCall = (text: unknown, options?: SampledOptions) => void;

/**
 * The SDK. No method throws (unless `strict`), blocks, or keeps the process alive: a wrong call is dropped, counted in `stats`, and told once
 * a reason to `onError`.
 */
export interface Metlog {
  /** Sends a message of any type. */
  send(type: string, options?: SendOptions): void;
  /** Sends a message whose metadata its definition's schema accepts. */
  send<D extends MessageDefinition>(
    definition: D,
    metadata: MetadataOf<D>,
    options?: Omit<SendOptions, 'metadata'>,
  ): void;

  /** Counts. */
  incr(name: string, options?: CountOptions): void;
  /** States the current value of something. */
  gauge(name: string, value: number, options?: SampledOptions): void;
  /** Runs `fn`, times it to its completion, and returns what it returns. */
  time<T>(name: string, fn: () => T, options?: SampledOptions): T;
  /** Records a duration that is known already, in milliseconds. */
  timing(name: string, elapsedMs: number, options?: TimingOptions): void;
  /** Starts a measurement that is ended by hand or with its block; or wraps and decorates functions. */
  timer(name: string, options?: SampledOptions): Timer;

  /** Sends what was thrown, whatever it is, with its traceback and causes. */
  exception(thrown: unknown, options?: ExceptionOptions): void;
  readonly debug: LogCall;
  readonly info: LogCall;
  readonly notice: LogCall;
  readonly warn: LogCall;
  readonly error: LogCall;
  readonly critical: LogCall;
  readonly alert: LogCall;
  readonly emergency: LogCall;

  /** Registers a named set of metadata, for this client and all its children. */
  addFlavor(name: string, metadata: Readonly<Record<string, unknown>>): void;
  /** Merges `metadata` into all later messages; null removes a key. */
  setMetadata(metadata: Readonly<Record<string, unknown>>): void;
  /** Adds filters and listeners, for this client and all its children. */
  use(plugin: Plugin): void;
  /** A client with its own logger and metadata beside this one's, on the same queue and socket. */
  child(options: ChildOptions): Metlog;

  /**
   * False: records nothing more, for children too, and forgets what waits to be sent or was kept for later (counted `disabled`), as for who has not consented. True: begins again.
   */
  setEnabled(enabled: boolean): void;
  /** Sends from now on to `host` and `port`, or to an address such as `udp://host:port`. What is queued goes there too. */
  setMetlogDest(hostOrAddress: string, port?: number): void;
  /** Sends what is queued and waits for it, at most `timeoutMs` (default 2000). False if something was still on its way. */
  flush(timeoutMs?: number): Promise<boolean>;
  /** Flushes, then releases everything; later calls are dropped as `closed`. For children it is the same as `flush`. */
  close(timeoutMs?: number): Promise<void>;
  /** What became of every call so far; children are in their parent's. */
  readonly stats: Stats;
}
