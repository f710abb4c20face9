import type { IncomingMessage } from 'node:http';
import { MOUNTED_APPLICATION, pathText, wholePath } from '../express-paths.ts';

/** What the router of Express publishes of a function that it calls. https://github.com/pillarjs/router#diagnostics-channel */
export interface ExpressCall {
  readonly req: IncomingMessage & { readonly baseUrl?: string; readonly route?: { readonly path: unknown } };
  readonly layer: { readonly method?: string | undefined };
  readonly handler: { readonly name: string; readonly stack?: unknown };
  /** What matched: a pattern, or an expression. */
  readonly route?: unknown;
  /** Of the callbacks of parameters. */
  readonly param?: string;
  readonly error?: unknown;
}

/** Follows requests through routers within routers. */
export interface ExpressPlaces {
  /** The whole pattern, where the call is one of a route's; else what it says is kept for those within it. */
  routeOf(call: ExpressCall): string | undefined;
}

export function createExpressPlaces(): ExpressPlaces {
  /** By the part of the address that routers around a request have matched: the patterns that they matched it by. */
  const mounts = new WeakMap<IncomingMessage, Map<string, string>>();

  function patternAround(req: ExpressCall['req'], baseUrl: string): string {
    let best = '';
    for (const known of mounts.get(req)?.keys() ?? [])
      if (known.length > best.length && (baseUrl === known || baseUrl.startsWith(`${known}/`))) best = known;
    return best === '' ? '' : (mounts.get(req)?.get(best) ?? '');
  }

  return {
    routeOf({ req, layer, handler, route, param }) {
      const { baseUrl = '' } = req;
      if (param !== undefined) return undefined;
      // The entries of a route have a method, which is undefined for all of them.
      if ('method' in layer) return wholePath(patternAround(req, baseUrl), pathText(route ?? req.route?.path));
      if (!isMount(handler) || baseUrl === '') return undefined;
      const within = mounts.get(req) ?? new Map<string, string>();
      within.delete(baseUrl); // it may have been another router's
      mounts.set(req, within);
      within.set(baseUrl, patternAround(req, baseUrl) + (typeof route === 'string' ? route.replace(/\/+$/, '') : '/*'));
      return undefined;
    },
  };
}

const isMount = ({ name, stack }: ExpressCall['handler']): boolean =>
  Array.isArray(stack) || name === MOUNTED_APPLICATION;
