import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { claimError } from '../core/claimed-errors.ts';
import { defaultMetlog } from '../core/default-metlog.ts';
import type { Metlog } from '../core/metlog.ts';
import { beginRequest, begunRequest, runInRequest, type RequestContext } from './request-context.ts';

export interface InstrumentOptions {
  /** @default the default client */
  readonly metlog?: Metlog | undefined;
  /** Fraction of the requests, middleware and handlers that are timed, 0 to 1; the client's `timers` win over it. 0: nothing is wrapped. @default the client's `rate` */
  readonly rate?: number | undefined;
  /** Whether what is sent while a request is handled carries its ids. @default true, unless `rate` is 0 */
  readonly context?: boolean | undefined;
}

/** What a binding knows of a request as it comes in. */
export interface RequestStart {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** @default `x-request-id` of the headers, else a new one */
  readonly requestId?: string | undefined;
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
  /** The pattern of its route, once that is known. */
  route: string | undefined;
  readonly startedMs: number;
  /** Stages that have not ended: at the latest they end with the request. */
  readonly open: Set<Stage>;
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
  /** Whether whole requests are timed, or have ids. Else nothing is to be done for one. */
  readonly isFollowed: boolean;
  /** Begins a request that ends with its response. One that something further out has begun already stays its own. */
  follow(request: IncomingMessage, response: ServerResponse, more?: RequestDetails): Handling;
  /** The one that was begun with this message. */
  find(request: IncomingMessage): Handling | undefined;
  begin(start: RequestStart): Handling;
  /** Runs `task` so that what it sends carries the request's ids. */
  run<T>(handling: Handling, task: () => T): T;
  end(handling: Handling, status: number): void;
  /** Whether calls of this name are timed at all; else they need no wrapping. */
  isTimed(name: string): boolean;
  stage(handling: Handling, name: string): Stage;
  /** Sends what reached an error handler: once, and no fault of the client's (a status below 500). */
  fail(error: unknown, handling: Handling | undefined, handled: boolean): void;
}

/** @param framework names it in `metadata.exception.mechanism`. */
export function createRequests(framework: string, options: InstrumentOptions = {}): Requests {
  const { metlog = defaultMetlog, rate } = options;
  const given = rate === undefined ? {} : { rate };
  const hasContext = options.context ?? rate !== 0;
  const areTimed = isTimed('request.*');

  function isTimed(name: string): boolean {
    const timer = metlog.timer(name, given);
    return timer.wrap(probe) !== probe;
  }

  function inContext<T>(handling: Handling, task: () => T): T {
    return hasContext ? runInRequest(handling, task) : task();
  }

  function begin({ method, headers, requestId = header(headers, 'x-request-id') }: RequestStart): Handling {
    return {
      method,
      requestId,
      traceparent: header(headers, 'traceparent'),
      route: undefined,
      startedMs: performance.now(),
      open: new Set(),
    };
  }

  function end(handling: Handling, status: number, isAborted: boolean): void {
    const { method, route, startedMs, open } = handling;
    for (const stage of open) stage.end(false);
    if (!areTimed) return;
    const elapsedMs = performance.now() - startedMs;
    const metadata = { method, route, status, ...(isAborted && { aborted: true }) };
    const name = route === undefined ? `request.${method}` : `request.${method} ${route}`;
    inContext(handling, () => metlog.timing(name, elapsedMs, { ...given, metadata }));
  }

  return {
    isFollowed: areTimed || hasContext,
    follow(request, response, { requestId, route } = {}) {
      const handling = beginRequest(request, () => {
        const { method = 'GET', headers } = request;
        const begun = begin({ method, headers, requestId });
        response.once('close', () => end(begun, response.statusCode, !response.writableFinished));
        return begun;
      });
      if (route) response.prependOnceListener('close', () => (handling.route = route()));
      return handling;
    },
    find: (request) => begunRequest(request) as Handling | undefined,
    begin,
    run: inContext,
    end: (handling, status) => end(handling, status, false),
    isTimed,
    stage(handling, name) {
      const startedMs = performance.now();
      const stage: Stage = {
        next: (next) => (error, value) => {
          stage.end(isFailure(error));
          return next(error, value);
        },
        returned(result) {
          if (!(result instanceof Promise)) return result;
          return result.then(
            (value: unknown) => {
              stage.end(false);
              return value;
            },
            (error: unknown) => {
              stage.end(true);
              throw error;
            },
          );
        },
        end(failed) {
          if (!handling.open.delete(stage)) return;
          const elapsedMs = performance.now() - startedMs;
          const sampled = failed ? { ...given, metadata: FAILED } : given;
          inContext(handling, () => metlog.timing(name, elapsedMs, sampled));
        },
      };
      handling.open.add(stage);
      return stage;
    },
    fail(error, handling, handled) {
      if (statusOf(error) < 500 || !claimError(error)) return;
      const metadata = handling && { method: handling.method, route: handling.route };
      const send = (): void => metlog.exception(error, { mechanism: framework, handled, metadata });
      if (handling) inContext(handling, send);
      else send();
    },
  };
}

const FAILED = { error: true };

/** Express hands on where to go on by `next` as well. */
const isFailure = (error: unknown): boolean => Boolean(error) && error !== 'route' && error !== 'router';

const probe = (): undefined => undefined;

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The status that frameworks read of an error; 500 where it names none. */
function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 500;
  const { status, statusCode } = error as { status?: unknown; statusCode?: unknown };
  const stated = status ?? statusCode;
  return typeof stated === 'number' ? stated : 500;
}
