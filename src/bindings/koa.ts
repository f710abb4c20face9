import type { IncomingMessage, ServerResponse } from 'node:http';
import { types } from 'node:util';
import { createRequests, handlingOf, type InstrumentOptions, type Next, type Requests } from '../node/requests.ts';

export type { InstrumentOptions } from '../node/requests.ts';

/** As much of a Koa application as is needed. */
export interface KoaApplication {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- Koa's own types have the application's state in it
  middleware: any[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  use: any;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  emit: any;
}

interface Context {
  readonly method: string;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** What @koa/router found. */
  readonly _matchedRoute?: unknown;
}

type Middleware = ((context: Context, next: Next) => unknown) & { readonly router?: Router };

/** As much of @koa/router as is needed. */
interface Router {
  readonly stack: readonly { readonly methods: readonly string[]; readonly stack: Middleware[] }[];
}

/**
 * Times the requests of a Koa application, and of the @koa/router in it: `request.GET /users/:id` as a whole, `middleware.auth` for each function with a
 * name, until it calls the next one, and `handler.GET /users/:id`. What is sent meanwhile carries the request's ids, and what reaches Koa's error
 * handling, or is emitted as `error`, is sent as an exception. Call it before the application listens.
 */
export function instrument<A extends KoaApplication>(app: A, options?: InstrumentOptions): A {
  const requests = createRequests('koa', options);
  const timed = createTimed(requests);

  async function root(context: Context, next: Next): Promise<void> {
    const handling = requests.follow(context.req, context.res, { route: () => routeOf(context) });
    await (handling ? requests.run(handling, next) : next());
  }

  const { emit, use } = app as { emit: (...args: unknown[]) => unknown; use: (middleware: Middleware) => unknown };
  app.emit = function (this: unknown, ...args: unknown[]): unknown {
    const [event, error, context] = args;
    if (event === 'error') {
      const { req } = (context ?? {}) as Partial<Context>;
      requests.fail(error, req && handlingOf(req), false);
    }
    return emit.apply(this, args);
  };
  if (!requests.isFollowed) return app;
  app.middleware = [root, ...(app.middleware as Middleware[]).map(timed)];
  app.use = function (this: unknown, middleware: Middleware): unknown {
    return use.call(this, timed(middleware));
  };
  return app;
}

function createTimed(requests: Requests): (middleware: Middleware) => Middleware {
  const isHandlerTimed = requests.isTimed('handler.*');

  function timed(middleware: Middleware): Middleware {
    if (middleware.router) return routed(middleware, middleware.router);
    if (types.isGeneratorFunction(middleware)) return middleware; // Koa 2 makes something else of it
    const name = `middleware.${middleware.name}`;
    return middleware.name === '' || !requests.isTimed(name) ? middleware : followed(middleware, () => name);
  }

  function handler(middleware: Middleware): Middleware {
    if (!isHandlerTimed) return middleware;
    return followed(middleware, (context) => `handler.${context.method} ${routeOf(context) ?? ''}`);
  }

  function followed(middleware: Middleware, nameOf: (context: Context) => string): Middleware {
    return function (this: unknown, context, next) {
      const handling = handlingOf(context.req);
      const stage = handling?.isTimed ? requests.stage(handling, nameOf(context)) : undefined;
      if (!stage) return middleware.call(this, context, next);
      try {
        return stage.returned(middleware.call(this, context, stage.next(next)));
      } catch (error) {
        stage.end(true);
        throw error;
      }
    };
  }

  /** A router's own functions are wrapped where they stand, and those that come later before the next request. */
  function routed(dispatch: Middleware, router: Router): Middleware {
    let count = 0;
    const wrapped: Middleware = function (this: unknown, context, next) {
      for (const { methods, stack } of router.stack.slice(count)) {
        const last = methods.length > 0 ? stack.length - 1 : -1;
        for (const [index, middleware] of stack.entries()) {
          stack[index] = index === last ? handler(middleware) : timed(middleware);
        }
      }
      count = router.stack.length;
      return dispatch.call(this, context, next);
    };
    return Object.assign(wrapped, dispatch);
  }

  return timed;
}

function routeOf({ _matchedRoute: route }: Context): string | undefined {
  return typeof route === 'string' || route instanceof RegExp ? String(route) : undefined;
}
