import type { Destination } from '../core/options.ts';
import { pageGlobals } from './page-globals.ts';

/** The relay's path, for an address that names none. */
export const MESSAGES_PATH = '/v1/messages';

/** The address that a page posts to; a sentence where it cannot post to the destination. Of `{ udp, http }` it takes `http`. */
export function parseDest(dest: Destination): URL | string {
  const address = typeof dest === 'string' ? dest : dest.http;
  if (address === undefined) return 'the destination names no http, so a page sends nothing';
  let url: URL;
  try {
    url = new URL(address, ownUrl()); // `URL.canParse` is younger than many a browser
  } catch {
    return `the destination must be http(s)://host/path or a path, got ${JSON.stringify(address)}; nothing is sent`;
  }
  url.hash = '';
  if (!/^https?:$/.test(url.protocol))
    return `a page can send to http and https alone, got ${JSON.stringify(address)}; nothing is sent`;
  if (url.pathname === '/' && !/^[a-z]+:\/\/[^/]*\//i.test(address) && address !== '/') url.pathname = MESSAGES_PATH;
  return url;
}

/** The address of a relay on this host, by the page's own protocol. */
export function relayAddress(host: string, port: number): string {
  const protocol = ownUrl()?.startsWith('https:') ? 'https' : 'http';
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${String(port)}${MESSAGES_PATH}`;
}

/**
 * What a path is below: the page's own address, whatever its `<base>` says of its links and images. A worker from a blob has it in that of the blob; a
 * frame from `srcdoc` only its origin; and one that is sandboxed as well, no more than a base.
 */
function ownUrl(): string | undefined {
  const { document, location, origin } = pageGlobals();
  const own = [location?.href.replace(/^blob:/, ''), origin];
  return own.find((address) => /^https?:/.test(address ?? '')) ?? document?.baseURI;
}
