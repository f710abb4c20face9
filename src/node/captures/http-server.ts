import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Capture } from '../../core/capture.ts';
import type { Cancel } from '../../core/platform.ts';
import { enterRequest } from '../request-context.ts';
import { createRequests, handlingOf, type Requests } from '../requests.ts';
import { createExpressPlaces, type ExpressCall } from './express-places.ts';

export interface HttpServerOptions {
  /** Fraction of the requests that are timed, 0 to 1; the client's `timers` win over it. @default the client's `rate` */
  readonly rate?: number | undefined;
  /** Whether what is sent while a request is handled carries its ids. @default true, unless `rate` is 0 */
  readonly context?: boolean | undefined;
}

/** What Fastify says of a call of its handler. https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks */
interface FastifyCall {
  readonly request: { readonly raw: IncomingMessage };
  readonly route?: { readonly url?: string };
  readonly error?: unknown;
}

/**
 * Times each request that a server of `node:http` answers: `request.GET`, with the pattern of the route where Express from 5.3 or Fastify 5 tells it, such as
 * `request.GET /users/:id`. What is sent meanwhile carries the request's ids, and the errors that those frameworks catch are sent as exceptions. It
 * listens to what Node and the frameworks publish; nothing is patched.
 */
export function httpServer(options: HttpServerOptions = {}): Capture {
  return {
    name: 'httpServer',
    start({ metlog }) {
      const requests = createRequests('http', { metlog, ...options });
      return requests.isFollowed ? followRequests(requests) : () => undefined;
    },
  };
}

function followRequests(requests: Requests): Cancel {
  const express = createExpressPlaces();
  return subscribeAll({
    'http.server.request.start'(message) {
      const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
      const handling = requests.follow(request, response);
      if (handling && requests.hasContext) enterRequest(handling);
    },
    'tracing:express.router.request:start'(message) {
      const call = message as ExpressCall;
      const handling = handlingOf(call.req);
      const route = express.routeOf(call);
      if (handling && route !== undefined) handling.route = route;
    },
    'tracing:express.router.request:error'(message) {
      const { req, error } = message as ExpressCall;
      requests.fail(error, handlingOf(req), true);
    },
    'tracing:fastify.request.handler:start'(message) {
      const { request, route } = message as FastifyCall;
      const handling = handlingOf(request.raw);
      if (handling) handling.route = route?.url;
    },
    'tracing:fastify.request.handler:error'(message) {
      const { request, error } = message as FastifyCall;
      requests.fail(error, handlingOf(request.raw), true);
    },
  });
}

/** Subscribes to channels by name; the result ends it. What a listener throws is kept from the application: Node would end the process with it. */
export function subscribeAll(listeners: Readonly<Record<string, (message: unknown) => void>>): Cancel {
  const entries = Object.entries(listeners).map(([name, listener]) => [name, guarded(listener)] as const);
  for (const [name, listener] of entries) subscribe(name, listener);
  return () => {
    for (const [name, listener] of entries) unsubscribe(name, listener);
  };
}

function guarded(listener: (message: unknown) => void): (message: unknown) => void {
  return (message) => {
    try {
      listener(message);
    } catch {
      // Of a shape that no version published so far: nothing is recorded of it.
    }
  };
}
