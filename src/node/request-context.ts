import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '../core/json.ts';
import { activeSpan, parseTraceparent, type SpanIds } from './trace-context.ts';

/** What is known of a request while it is handled; in whatever copy of this package. */
export interface RequestContext {
  /** @default `x-request-id` of the headers, else a new one */
  readonly requestId: string | undefined;
  /** Read when the first message asks, and not before. */
  readonly headers: () => IncomingHttpHeaders;
  /** Made of these then. */
  metadata?: JsonObject;
}

interface State {
  /** Absent until the first request: to follow what is asynchronous costs each promise. */
  requests?: AsyncLocalStorage<RequestContext>;
}

const KEY = Symbol.for('metlog.requests');

const holder = globalThis as { [key: symbol]: State | undefined };
/** One for all copies of this package in a process, ESM and CJS alike. */
const state = (holder[KEY] ??= {});

/** Runs `task`: every message that it sends, now or later, has the context's ids. */
export function runInRequest<T>(context: RequestContext, task: () => T): T {
  const requests = (state.requests ??= new AsyncLocalStorage());
  return requests.getStore() === context ? task() : requests.run(context, task);
}

/** The same for the rest of what runs now, for callers that something else calls back. */
export function enterRequest(context: RequestContext): void {
  (state.requests ??= new AsyncLocalStorage()).enterWith(context);
}

/** The ids of the request that is being handled, and of OpenTelemetry's span; undefined outside of both. */
export function contextMetadata(): JsonObject | undefined {
  const request = state.requests?.getStore();
  const span = activeSpan();
  if (!request) return span && spanMetadata(span);
  request.metadata ??= requestMetadata(request);
  return span ? { ...request.metadata, ...spanMetadata(span) } : request.metadata;
}

/** What callers may name a request by. */
const REQUEST_ID = /^[\w.:+/=-]{1,128}$/;

function requestMetadata({ requestId, headers }: RequestContext): JsonObject {
  const { traceparent, 'x-request-id': callersId } = headers();
  const span = typeof traceparent === 'string' ? parseTraceparent(traceparent) : undefined;
  const id = requestId ?? callersId;
  const isUsable = typeof id === 'string' && REQUEST_ID.test(id);
  return { request_id: isUsable ? id : randomUUID(), ...(span && spanMetadata(span)) };
}

const spanMetadata = ({ traceId, spanId }: SpanIds): JsonObject => ({ trace_id: traceId, span_id: spanId });
