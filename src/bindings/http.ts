import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createRequests, type InstrumentOptions as CommonOptions } from '../node/requests.ts';

export interface InstrumentOptions extends CommonOptions {
  /** The pattern of a request's route, such as `/users/:id`: one of a few, never the address itself. Asked once it is answered; where it throws there is none. @default none, and all requests of a method have one name */
  readonly route?: ((request: IncomingMessage) => string | undefined) | undefined;
}

/** What it returns is handed on: Node looks at it where it captures rejections. */
type Listener = (this: unknown, ...args: Parameters<RequestListener>) => unknown;

/**
 * Times the requests that a listener of `node:http` handles: `request.GET`, or `request.GET /users/:id` where `route` names the pattern. What is sent
 * meanwhile carries the request's ids, and what the listener throws is sent as an exception and thrown on. At rate 0 it is `listener` itself.
 */
export function instrument<L extends RequestListener>(listener: L, options: InstrumentOptions = {}): L {
  const { route, ...common } = options;
  const requests = createRequests('http', common);
  if (!requests.isFollowed) return listener;

  function routeOf(request: IncomingMessage): string | undefined {
    try {
      return route?.(request);
    } catch {
      return undefined;
    }
  }

  return function (
    this: unknown,
    request: IncomingMessage,
    response: ServerResponse & { req: IncomingMessage },
  ): unknown {
    const handling = requests.follow(request, response, route && { route: () => routeOf(request) });
    const run = (): unknown => {
      try {
        return (listener as Listener).call(this, request, response);
      } catch (error) {
        requests.fail(error, handling, false);
        throw error;
      }
    };
    return handling ? requests.run(handling, run) : run();
  } as L;
}
