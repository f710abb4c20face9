import { MESSAGES_PATH } from './dest.ts';
import type { MetlogOptions } from '../core/options.ts';

/**
 * What a script tag says: `data-logger`, `data-dest`, `data-release`, `data-environment` and `data-session-rate`; `data-key` names the page's
 * key to the relay. Without `data-dest` the page sends to the origin that served the script.
 */
export function readScriptOptions(
  script: { readonly src: string; readonly dataset: DOMStringMap } | null,
): MetlogOptions {
  const { logger, dest, release, environment, sessionRate, key } = script?.dataset ?? {};
  const base = dest ?? parsed(script?.src ?? '')?.origin;
  return {
    logger,
    release,
    environment,
    dest: base === undefined || key === undefined ? base : withKey(base, key),
    ...(sessionRate !== undefined && { sessionRate: Number(sessionRate) }),
  };
}

/** `address` with the page's key in its query, whatever is in there already; an origin alone means the relay's usual path there. */
function withKey(address: string, key: string): string {
  const url = parsed(address);
  if (url === undefined) return withKeyInPath(address, key);
  if (/^[a-z]+:\/\/[^/]+$/i.test(address)) url.pathname = MESSAGES_PATH;
  url.searchParams.set('key', key);
  return url.href;
}

/** For a path of the page's own origin, which stays one. */
function withKeyInPath(path: string, key: string): string {
  const at = path.indexOf('?');
  const query = new URLSearchParams(at === -1 ? '' : path.slice(at));
  query.set('key', key);
  return `${at === -1 ? path : path.slice(0, at)}?${query.toString()}`;
}

/** Older browsers have no `URL.canParse`. */
function parsed(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined; // it is no address on its own
  }
}
