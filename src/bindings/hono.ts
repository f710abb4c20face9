import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequests, type Handling, type InstrumentOptions, type Next } from '../node/requests.ts';

export type { InstrumentOptions } from '../node/requests.ts';

/** As much of a Hono application as is needed. */
export interface HonoApplication {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- Hono's own types carry the application's routes
  use: any;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  router: any;
}

interface Context {
  readonly req: { readonly method: string; readonly raw: Request };
  readonly res: Response;
  readonly error?: unknown;
  /** What @hono/node-server adds. */
  readonly env?: { readonly incoming?: IncomingMessage; readonly outgoing?: ServerResponse } | undefined;
}

type Handler = (context: Context, next: Next) => unknown;

/** What Hono gives its router: a function, and where it was added. https://github.com/honojs/hono/blob/main/src/hono-base.ts */
type Entry = readonly [handler: Handler, route: { readonly path: string }];

/** Where Hono keeps the function of an application within another one, in one of its own. */
const COMPOSED = '__COMPOSED_HANDLER';

/**
 * Times the requests of a Hono application: `request.GET /users/:id` as a whole, `middleware.auth` for each middleware with a name, until it calls the next
 * one, and `handler.GET /users/:id`. What is sent meanwhile carries the request's ids, and what Hono's error handler answers is sent as an exception.
 * Call it before anything is added. A request ends with its answer's last byte on @hono/node-server, elsewhere once there is an answer.
 */
export function instrument<A extends HonoApplication>(app: A, options?: InstrumentOptions): A {
  const requests = createRequests('hono', options);
  const handlings = new WeakMap<Context, Handling>();
  const isHandlerTimed = requests.isTimed('handler.*');

  async function root(context: Context, next: Next): Promise<void> {
    const { method, raw } = context.req;
    const { incoming, outgoing } = context.env ?? {};
    const handling =
      incoming && outgoing
        ? requests.follow(incoming, outgoing)
        : requests.begin(method, () => Object.fromEntries(raw.headers));
    if (!handling) return report(context, next);
    handlings.set(context, handling);
    try {
      await requests.run(handling, next);
      if (context.error !== undefined) requests.fail(context.error, handling, true);
    } catch (error) {
      requests.fail(error, handling, false);
      throw error;
    } finally {
      if (!outgoing) requests.end(handling, context.res.status);
    }
  }

  async function report(context: Context, next: Next): Promise<void> {
    await next();
    if (context.error !== undefined) requests.fail(context.error, undefined, true);
  }

  function timed(handler: Handler, path: string): Handler {
    const { name, length } = (handler as { [COMPOSED]?: Handler })[COMPOSED] ?? handler;
    const isMiddleware = length > 1; // as Hono's own tools tell them apart
    const isTimed = isMiddleware ? name !== '' && requests.isTimed(`middleware.${name}`) : isHandlerTimed;
    return function (context, next) {
      const handling = handlings.get(context);
      if (!handling) return handler(context, next);
      if (!path.endsWith('*')) handling.route = path;
      if (!isTimed || !handling.isTimed) return handler(context, next);
      const stage = requests.stage(
        handling,
        isMiddleware ? `middleware.${name}` : `handler.${handling.method} ${path}`,
      );
      if (!stage) return handler(context, next);
      try {
        return stage.returned(handler(context, stage.next(next)));
      } catch (error) {
        stage.end(true);
        throw error;
      }
    };
  }

  const use = app.use as (path: string, handler: Handler) => unknown;
  use.call(app, '*', requests.isFollowed ? root : report);
  if (!requests.isFollowed) return app;
  const router = app.router as { add(method: string, path: string, entry: Entry): void };
  const { add } = router;
  router.add = function (method, path, [handler, route]) {
    add.call(this, method, path, [timed(handler, route.path), route]);
  };
  return app;
}
