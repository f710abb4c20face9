import type { IncomingMessage, ServerResponse } from 'node:http';
import { MOUNTED_APPLICATION, pathText, wholePath } from '../node/express-paths.ts';
import {
  createRequests,
  type Handling,
  type InstrumentOptions,
  type Next,
  type Requests,
  type Stage,
} from '../node/requests.ts';

export type { InstrumentOptions } from '../node/requests.ts';

/** As much of an Express 4 or 5 application as is needed. */
export interface ExpressApplication {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- Express's own types are of many overloads
  use: any;
}

/** Where a request keeps its place: a property costs less than a WeakMap of what lives so shortly. */
const PLACE = Symbol('metlog.place');

type Request = IncomingMessage & {
  readonly baseUrl?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  [PLACE]?: Place;
};
type Handle = (this: unknown, request: Request, response: ServerResponse, next: Next) => unknown;
type ErrorHandle = (error: unknown, request: Request, response: ServerResponse, next: Next) => unknown;

/** An entry of a router's or a route's stack. https://github.com/pillarjs/router/blob/master/lib/layer.js */
interface Layer {
  handle: Handle | ErrorHandle;
  readonly name: string;
  readonly route?: Route | undefined;
  /** Of a route's entries. */
  readonly method?: string | undefined;
  /** What it was added with, since router 2.3. */
  readonly rawPath?: unknown;
  /** Express 4: made of what it was added with. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
}

interface Route {
  readonly path: unknown;
  readonly stack: readonly Layer[];
}

interface Router {
  readonly stack: Layer[];
  use(handler: ErrorHandle): unknown;
}

/** Where in its routers a request is. */
interface Place {
  readonly handling: Handling;
  /** The patterns of the routers around it, and the part of the address that they matched. */
  pattern: string;
  baseUrl: string;
}

/** Functions of the framework itself, and those without a name. */
const UNNAMED = new Set(['', '<anonymous>', 'query', 'expressInit']);

/**
 * Times the requests of an Express 4 or 5 application, whenever its parts are added: `request.GET /users/:id` as a whole, `middleware.auth` for each
 * function with a name, `handler.GET /users/:id`. What is sent meanwhile carries the request's ids, and what reaches an error handler, or nobody, is
 * sent as an exception. Call it before the application listens. An application mounted within another one is instrumented by itself.
 */
export function instrument<A extends ExpressApplication>(app: A, options?: InstrumentOptions): A {
  const requests = createRequests('express', options);
  // Express 4 leaves promises alone, so whoever made one has to handle it, and nobody would a promise that follows it.
  const layers = createLayers(requests, 'lazyrouter' in app ? leaveAlone : follow);
  const application = app as unknown as { handle: Handle }; // which its types leave out
  const { handle } = application;
  application.handle = function (request, response, done) {
    const router = routerOf(app);
    if (router) layers.refresh(router);
    if (!requests.isFollowed || request[PLACE]) return handle.call(this, request, response, done);
    const handling = requests.follow(request, response);
    if (!handling) return handle.call(this, request, response, done);
    request[PLACE] = { handling, pattern: '', baseUrl: request.baseUrl ?? '' };
    return requests.run(handling, () => handle.call(this, request, response, done));
  };
  return app;
}

/** Express 4 has none before something is added, and its `router` throws. */
function routerOf(app: ExpressApplication): Router | undefined {
  const { _router: router } = app as { readonly _router?: Router };
  return 'lazyrouter' in app ? router : (app as { readonly router?: Router }).router;
}

interface Layers {
  /** Wraps what was added to `root`, and to the routers in it, since the last time. */
  refresh(root: Router): void;
}

/** Takes what a function returned, and answers what is returned in its place. */
type Returned = (stage: Stage, result: unknown) => unknown;

const follow: Returned = (stage, result) => stage.returned(result);

const leaveAlone: Returned = (stage, result) => {
  stage.returned(undefined);
  return result;
};

function createLayers(requests: Requests, returned: Returned): Layers {
  const wrapped = new WeakSet<Layer>();
  /** The routers that were found, with the number of their entries then, and the last of them. */
  const known = new Map<Router, readonly [count: number, end: Layer | undefined]>();
  const isHandlerTimed = requests.isTimed('handler.*');

  /** `seen`: the stacks of the routers around; one may be mounted within itself. */
  function visit(router: Router, seen: readonly unknown[] = []): void {
    note(router);
    const around = [...seen, router.stack];
    for (const layer of router.stack) {
      if (layer.route) visitRoute(layer.route);
      else wrapOnce(layer, (handle) => (isMount(layer) ? mounted(handle, layer) : named(handle)));
      if (isRouter(layer.handle) && !around.includes(layer.handle.stack)) visit(layer.handle, around);
    }
  }

  function visitRoute({ path, stack }: Route): void {
    for (const [index, layer] of stack.entries()) {
      const isLast = !stack.slice(index + 1).some(({ method }) => method === layer.method);
      wrapOnce(layer, (handle) => routed(handle, pathText(path), isLast));
    }
  }

  function wrapOnce(layer: Layer, wrap: (handle: Handle) => Handle): void {
    if (wrapped.has(layer)) return;
    wrapped.add(layer);
    const { handle } = layer;
    if (isNeverCalled(handle)) return;
    let wrapper: Handle | ErrorHandle = handle;
    if (isErrorHandle(handle)) wrapper = reported(handle);
    else if (requests.isFollowed) wrapper = wrap(handle);
    if (wrapper === handle) return;
    // What looks at the function itself, such as for a router's stack, finds the original's.
    layer.handle = Object.setPrototypeOf(wrapper, handle) as Handle;
  }

  /** A router or application: it is known here where it is mounted, which the request itself says in the address's own words. */
  function mounted(handle: Handle, layer: Layer): Handle {
    return function (request, response, next) {
      const place = request[PLACE];
      if (!place) return handle.call(this, request, response, next);
      const { pattern, baseUrl } = place;
      const mountedUrl = request.baseUrl ?? '';
      place.pattern = pattern + mountPattern(layer, mountedUrl.slice(baseUrl.length), request.params ?? {});
      place.baseUrl = mountedUrl;
      return handle.call(this, request, response, (error) => {
        place.pattern = pattern;
        place.baseUrl = baseUrl;
        next(error);
      });
    };
  }

  /** The name of a middleware's timer; undefined for one that is not timed. */
  function timerOf({ name }: Handle): string | undefined {
    const timer = `middleware.${name}`;
    return UNNAMED.has(name) || !requests.isTimed(timer) ? undefined : timer;
  }

  function named(handle: Handle): Handle {
    const timer = timerOf(handle);
    return timer === undefined ? handle : followed(handle, ({ handling }) => requests.stage(handling, timer));
  }

  /** One of a route's functions: what it is called for is known now. */
  function routed(handle: Handle, path: string, isHandler: boolean): Handle {
    const timer = isHandler ? undefined : timerOf(handle);
    const isTimed = isHandler ? isHandlerTimed : timer !== undefined;
    return followed(handle, ({ handling, pattern }) => {
      handling.route = wholePath(pattern, path);
      if (!isTimed || !handling.isTimed) return undefined;
      return requests.stage(handling, timer ?? `handler.${handling.method} ${handling.route}`);
    });
  }

  /** Calls `handle` within the stage that `begin` answers, if any. */
  function followed(handle: Handle, begin: (place: Place) => Stage | undefined): Handle {
    return function (request, response, next) {
      const place = request[PLACE];
      const stage = place && begin(place);
      if (!stage) return handle.call(this, request, response, next);
      try {
        return returned(stage, handle.call(this, request, response, stage.next(next)));
      } catch (error) {
        stage.end(true);
        throw error;
      }
    };
  }

  function reported(handle: ErrorHandle): ErrorHandle {
    return function (this: unknown, error, request, response, next) {
      requests.fail(error, request[PLACE]?.handling, true);
      return handle.call(this, error, request, response, next);
    };
  }

  function reportUnhandled(error: unknown, request: Request, _response: ServerResponse, next: Next): void {
    requests.fail(error, request[PLACE]?.handling, false);
    next(error);
  }

  let last: Layer | undefined;

  /** What no error handler of the application ended comes to the one at the end. */
  function putLast(root: Router): void {
    const at = last ? root.stack.indexOf(last) : -1;
    if (at !== -1) root.stack.splice(at, 1);
    if (!last) {
      root.use(reportUnhandled);
      last = root.stack.pop();
      if (last) wrapped.add(last);
    }
    if (last) root.stack.push(last);
  }

  function hasGrown(): boolean {
    for (const [{ stack }, [count, end]] of known) if (stack.length !== count || stack.at(-1) !== end) return true;
    return false;
  }

  function note(router: Router): void {
    known.set(router, [router.stack.length, router.stack.at(-1)]);
  }

  return {
    refresh(root) {
      if (known.has(root) && !hasGrown()) return;
      try {
        putLast(root);
        visit(root);
      } catch {
        note(root); // of a shape that no version had so far: what is not wrapped is not timed
      }
    },
  };
}

const isErrorHandle = (handle: Handle | ErrorHandle): handle is ErrorHandle => handle.length === 4;

/** Express calls none with more. */
const isNeverCalled = (handle: Handle | ErrorHandle): boolean => handle.length > 4;

function isRouter(handle: unknown): handle is Router {
  return typeof handle === 'function' && 'stack' in handle && Array.isArray(handle.stack);
}

const isMount = (layer: Layer): boolean => isRouter(layer.handle) || layer.name === MOUNTED_APPLICATION;

/**
 * What `url`, as far as a mount matched it, was matched by. Routers before 2.3 do not say: then a step is a parameter's name if it is the whole of its value, in
 * Express 4 the text that the expression has, and any text as `*` otherwise.
 */
function mountPattern({ rawPath, regexp }: Layer, url: string, params: Readonly<Record<string, unknown>>): string {
  if (typeof rawPath === 'string') return rawPath.replace(/\/+$/, '');
  if (rawPath instanceof RegExp || (regexp && !regexp.fast_slash && !regexp.source.endsWith(MADE_OF_TEXT))) return '/*';
  const names = new Map(Object.entries(params).map(([name, value]) => [value, name]));
  const texts = regexp?.source
    .toLowerCase()
    .replaceAll('\\', '')
    .split(/[/()?:]+/);
  const steps = url.split('/').slice(1);
  const isNamed = (step: string): boolean => names.has(decoded(step));
  // Where each parameter is a whole step, the others are text.
  const isPlain = steps.filter(isNamed).length >= names.size;
  const isText = (text: string): boolean => texts?.includes(text) ?? isPlain;
  return steps
    .map((step) => {
      const text = step.toLowerCase(); // Express takes either, so its caller could choose
      if (isNamed(step)) return `/:${names.get(decoded(step)) ?? ''}`;
      return isText(text) ? `/${text}` : '/*';
    })
    .join('');
}

/** How the expression ends that path-to-regexp 0.1 makes of a path; one that the application gave stays as it is. */
const MADE_OF_TEXT = '\\/?(?=\\/|$)';

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
