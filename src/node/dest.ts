import { isIP } from 'node:net';
import type { Destination } from '../core/options.ts';

/** Where a Node process sends by default. */
export const DEFAULT_DEST = 'udp://127.0.0.1:5565';
const DEFAULT_UDP_PORT = 5565;
/** The relay's path, for an address that names none. */
const DEFAULT_HTTP_PATH = '/v1/messages';

export type NodeDest =
  | { readonly kind: 'udp'; readonly host: string; readonly port: number }
  | { readonly kind: 'http'; readonly url: string };

/** What Node makes of a destination; a sentence where it can make nothing of it. Of `{ udp, http }` it takes `udp`. */
export function parseDest(dest: Destination): NodeDest | string {
  const address = typeof dest === 'string' ? dest : (dest.udp ?? dest.http);
  if (address === undefined) return 'the destination names neither udp nor http, so nothing is sent';
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return `the destination must be udp://host:port or http(s)://host/path, got ${JSON.stringify(address)}; nothing is sent`;
  }
  if (url.protocol === 'udp:' && url.hostname !== '') {
    const port = url.port === '' ? DEFAULT_UDP_PORT : Number(url.port);
    if (port === 0)
      return `the destination's port must be from 1 to 65535, got ${JSON.stringify(address)}; nothing is sent`;
    return { kind: 'udp', host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port };
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') {
    if (url.pathname === '/' && !/^[a-z]+:\/\/[^/]*\//i.test(address)) url.pathname = DEFAULT_HTTP_PATH;
    return { kind: 'http', url: url.href };
  }
  return `the destination's scheme must be udp, http or https, got ${JSON.stringify(address)}; nothing is sent`;
}

/** The address of a UDP host and port, as `parseDest` takes it. */
export function udpAddress(host: string, port: number): string {
  return isIP(host) === 6 ? `udp://[${host}]:${port}` : `udp://${host}:${port}`;
}
