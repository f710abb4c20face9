import { METHODS, type IncomingMessage, type ServerResponse } from 'node:http';
import { claimError } from '../core/claimed-errors.ts';
import { defaultMetlog } from '../core/default-metlog.ts';
import type { Metlog, TimingOptions } from '../core/metlog.ts';
import { runInRequest, type RequestContext } from './request-context.ts';

export interface InstrumentOptions {
  /** @default the default client */
  readonly metlog?: Metlog | undefined;
  /** Fraction of the requests that are timed, each with its middleware and handler, 0 to 1; the client's `timers` apply as well. 0: nothing is wrapped. @default 1 */
  readonly rate?: number | undefined;
  /** Whether what is sent while a request is handled carries its ids, for all requests. @default true, unless `rate` is 0 */
  readonly context?: boolean | undefined;
}

/** What a framework knows better than the request's own message. */
export interface RequestDetails {
  /** @default `x-request-id` of the headers, else a new one */
  readonly requestId?: string | undefined;
  /** The pattern of its route, asked at its end. Must not throw. @default the handling's */
  route?(): string | undefined;
}

/** A request that is being handled. */
export interface Handling extends RequestContext {
  readonly method: string;
  /** Whether it is one of those that are timed. */
  readonly isTimed: boolean;
  readonly startedMs: number;
  /** The pattern of its route, once that is known. */
  route: string | undefined;
  /** Stages that end with the request, if they have not before. */
  stages: Stage[] | undefined;
  /** What it was told to have failed with. */
  failures?: Set<unknown>;
}

/** What a middleware calls when it is done. Some frameworks take a second thing from it, some answer with a promise of what comes after. */
export type Next = (error?: unknown, value?: unknown) => unknown;

/**
 * A middleware or a handler that is called. It ends with what comes first: its call of `next`, its promise, what it throws, or the request. Each step is
 * a call of its own rather than one around it, so that no more than one of our calls stands between the application's in a traceback.
 */
export interface Stage {
  /** `next` for the function: a call of it ends the stage. */
  next(next: Next): Next;
  /** Takes what the function returned, and answers what is to be returned in its place; a rejection that nobody handles stays one. */
  returned(result: unknown): unknown;
  /** Ends it; later calls do nothing. */
  end(failed: boolean): void;
}

/** The timers, ids and exceptions of the requests of one application. */
export interface Requests {
  /** Whether requests are timed, or have ids. Else nothing is to be done for one. */
  readonly isFollowed: boolean;
  readonly hasContext: boolean;
  /** Begins a request that ends with its response. One that something further out has begun already stays its own. Undefined: it is none of those that are followed. */
  follow(request: IncomingMessage, response: ServerResponse, details?: RequestDetails): Handling | undefined;
  /** Begins one that has no such message. */
  begin(method: string, headers: RequestContext['headers']): Handling | undefined;
  /** Ends what `begin` began. */
  end(handling: Handling, status: number): void;
  /** Runs `task` so that what it sends carries the request's ids. */
  run<T>(handling: Handling, task: () => T): T;
  /** Whether calls of this name are timed at all; else they need no wrapping. */
  isTimed(name: string): boolean;
  /** Begins a stage; undefined where the request is not timed. */
  stage(handling: Handling | undefined, name: string): Stage | undefined;
  /** Sends what reached an error handler: once, and no fault of the client's (a status below 500). */
  fail(error: unknown, handling: Handling | undefined, handled: boolean): void;
}

const HANDLING = Symbol.for('metlog.request');

/** The request that was begun with this message, in whatever copy of this package. */
export function handlingOf(message: IncomingMessage): Handling | undefined {
  return (message as { [HANDLING]?: Handling })[HANDLING];
}

/** @param framework names it in `metadata.exception.mechanism`. */
export function createRequests(framework: string, options: InstrumentOptions = {}): Requests {
  const { metlog = defaultMetlog, rate } = options;
  const given: TimingOptions = rate === undefined ? {} : { rate, sampled: true };
  const failed: TimingOptions = { ...given, metadata: { error: true } };
  const hasContext = options.context ?? rate !== 0;
  const areTimed = isTimed('request.*');

  function isTimed(name: string): boolean {
    const timer = metlog.timer(name, rate === undefined ? {} : { rate });
    return timer.wrap(probe) !== probe;
  }

  const isSampled = (): boolean => areTimed && (rate === undefined || rate >= 1 || Math.random() < rate);

  function inContext<T>(handling: Handling, task: () => T): T {
    return hasContext ? runInRequest(handling, task) : task();
  }

  function begin(
    method: string,
    headers: RequestContext['headers'],
    requestId: string | undefined,
  ): Handling | undefined {
    const timed = isSampled();
    if (!timed && !hasContext) return undefined;
    const startedMs = timed ? performance.now() : 0;
    return {
      method: METHODS.includes(method) ? method : 'OTHER',
      headers,
      requestId,
      isTimed: timed,
      startedMs,
      route: undefined,
      stages: undefined,
    };
  }

  function end(handling: Handling, status: number, isAborted: boolean): void {
    const { method, route, startedMs, stages } = handling;
    if (stages) for (const stage of stages) stage.end(false);
    if (!handling.isTimed) return;
    const elapsedMs = performance.now() - startedMs;
    const metadata = isAborted ? { method, route, status, aborted: true } : { method, route, status };
    const name = route === undefined ? `request.${method}` : `request.${method} ${route}`;
    inContext(handling, () => metlog.timing(name, elapsedMs, { ...given, metadata }));
  }

  /** A class, as there are several to a request. */
  class TimedStage implements Stage {
    readonly #handling: Handling;
    readonly #name: string;
    readonly #startedMs = performance.now();
    #hasEnded = false;

    constructor(handling: Handling, name: string) {
      this.#handling = handling;
      this.#name = name;
    }

    next(next: Next): Next {
      return (error, value) => {
        this.end(isFailure(error));
        return next(error, value);
      };
    }

    returned(result: unknown): unknown {
      if (!(result instanceof Promise)) {
        if (!this.#hasEnded) (this.#handling.stages ??= []).push(this);
        return result;
      }
      return result.then(
        (value: unknown) => {
          this.end(false);
          return value;
        },
        (error: unknown) => {
          this.end(true);
          throw error;
        },
      );
    }

    end(hasFailed: boolean): void {
      if (this.#hasEnded) return;
      this.#hasEnded = true;
      const elapsedMs = performance.now() - this.#startedMs;
      inContext(this.#handling, () => metlog.timing(this.#name, elapsedMs, hasFailed ? failed : given));
    }
  }

  return {
    isFollowed: areTimed || hasContext,
    hasContext,
    follow(request, response, { requestId, route } = {}) {
      let handling = handlingOf(request);
      if (!handling) {
        const begun = begin(request.method ?? 'GET', () => request.headers, requestId);
        if (!begun) return undefined;
        handling = (request as { [HANDLING]?: Handling })[HANDLING] = begun;
        if (begun.isTimed) response.once('close', () => end(begun, response.statusCode, !response.writableFinished));
      }
      const { isTimed: timed } = handling;
      if (route && timed) response.prependOnceListener('close', () => (handling.route = route()));
      return handling;
    },
    begin: (method, headers) => begin(method, headers, undefined),
    end: (handling, status) => end(handling, status, false),
    run: inContext,
    isTimed,
    stage: (handling, name) => (handling?.isTimed ? new TimedStage(handling, name) : undefined),
    fail(error, handling, handled) {
      if (statusOf(error) < 500 || !claimFor(error, handling)) return;
      const metadata = handling && { method: handling.method, route: handling.route };
      const send = (): void => metlog.exception(error, { mechanism: framework, handled, metadata });
      if (handling) inContext(handling, send);
      else send();
    },
  };
}

/** Express hands on where to go on by `next` as well. */
const isFailure = (error: unknown): boolean => Boolean(error) && error !== 'route' && error !== 'router';

const probe = (): undefined => undefined;

/** The status that frameworks read of an error; 500 where it names none, or cannot be asked. */
function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 500;
  try {
    const { status, statusCode } = error as { status?: unknown; statusCode?: unknown };
    const stated = status ?? statusCode;
    return typeof stated === 'number' ? stated : 500;
  } catch {
    return 500;
  }
}

/** Whether `error` comes for the first time in this request: libraries throw one object again and again. */
function claimFor(error: unknown, handling: Handling | undefined): boolean {
  if (!handling) return claimError(error);
  if (handling.failures?.has(error)) return false;
  (handling.failures ??= new Set()).add(error);
  claimError(error);
  return true;
}
