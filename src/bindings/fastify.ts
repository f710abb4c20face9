import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequests, handlingOf, type InstrumentOptions, type Next, type Requests } from '../node/requests.ts';

export type { InstrumentOptions } from '../node/requests.ts';

/** As much of a Fastify application as is needed. */
export interface FastifyApplication {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- Fastify's own types have a signature for each hook
  addHook: any;
}

interface Request {
  readonly id: unknown;
  readonly raw: IncomingMessage;
  readonly routeOptions: { readonly url?: string };
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type AddHook = (this: unknown, name: string, hook: AnyFunction) => unknown;

/** Hooks that stand where other frameworks have middleware. */
const BEFORE_HANDLER = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const;
type HookBefore = (typeof BEFORE_HANDLER)[number];

type RouteOptions = { handler: AnyFunction } & Partial<Record<HookBefore, AnyFunction | AnyFunction[]>>;

/**
 * Times the requests of a Fastify application: `request.GET /users/:id` as a whole, `middleware.auth` for each hook with a name that runs before
 * the handler, `handler.GET /users/:id`. What is sent meanwhile carries the request's ids, and the errors that Fastify answers are sent as
 * exceptions. Call it before hooks and routes are added: what is there already is not timed by itself.
 */
export function instrument<A extends FastifyApplication>(app: A, options?: InstrumentOptions): A {
  const requests = createRequests('fastify', options);
  const { timedHook, timedHandler } = createWrappers(requests);
  const addHook = app.addHook as AddHook;

  addHook.call(app, 'onError', (request, _reply, error, done) => {
    requests.fail(error, handlingOf((request as Request).raw), true);
    (done as Next)();
  });
  if (!requests.isFollowed) return app;

  addHook.call(app, 'onRequest', (given, reply, done) => {
    const { raw, id, routeOptions } = given as Request;
    // Fastify's own numbers begin anew in each process.
    const requestId = typeof id === 'string' && !/^req-[0-9a-z]+$/.test(id) ? id : undefined;
    const handling = requests.follow(raw, (reply as { readonly raw: ServerResponse }).raw, { requestId });
    if (handling) {
      handling.route = routeOptions.url;
      requests.run(handling, done as () => void);
    } else (done as Next)();
  });
  // Where the body was read, what asked for it is lost.
  if (requests.hasContext)
    addHook.call(app, 'preValidation', (request, _reply, done) => {
      const handling = handlingOf((request as Request).raw);
      if (handling) requests.run(handling, done as () => void);
      else (done as Next)();
    });
  addHook.call(app, 'onRoute', (given) => {
    const route = given as RouteOptions;
    route.handler = timedHandler(route.handler);
    for (const name of BEFORE_HANDLER) if (route[name]) route[name] = [route[name]].flat().map(timedHook);
  });
  // Applications within this one are made of it, and inherit this.
  app.addHook = function (this: unknown, name: HookBefore, hook: AnyFunction) {
    return addHook.call(this, name, BEFORE_HANDLER.includes(name) ? timedHook(hook) : hook);
  };
  return app;
}

interface Wrappers {
  timedHook(hook: AnyFunction): AnyFunction;
  timedHandler(handler: AnyFunction): AnyFunction;
}

function createWrappers(requests: Requests): Wrappers {
  const isHandlerTimed = requests.isTimed('handler.*');
  return {
    timedHook(hook) {
      const name = `middleware.${hook.name}`;
      if (hook.name === '' || !requests.isTimed(name)) return hook;
      return function (...args) {
        const stage = requests.stage(handlingOf((args[0] as Request).raw), name);
        if (!stage) return hook.apply(this, args);
        const next = args.pop() as Next;
        try {
          return stage.returned(hook.call(this, ...args, stage.next(next)));
        } catch (error) {
          stage.end(true);
          throw error;
        }
      };
    },
    timedHandler(handler) {
      if (!isHandlerTimed) return handler;
      return function (...args) {
        const handling = handlingOf((args[0] as Request).raw);
        const stage =
          handling?.isTimed && requests.stage(handling, `handler.${handling.method} ${handling.route ?? ''}`);
        if (!stage) return handler.apply(this, args);
        try {
          return stage.returned(handler.apply(this, args));
        } catch (error) {
          stage.end(true);
          throw error;
        }
      };
    },
  };
}
