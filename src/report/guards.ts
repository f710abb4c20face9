import { isIP } from 'node:net';
import { failure } from './answers.ts';

/** Names by which a machine reaches itself. `*.localhost` stays on it too (RFC 6761, section 6.3). */
const LOOPBACK_HOST = /^(?:localhost|(?:[a-z0-9-]+\.)+localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Whether `host`, as a Host header or a URL writes it, with or without a port, is this machine itself. */
export function isLoopbackHost(host: string): boolean {
  const name = hostName(host);
  return name !== null && LOOPBACK_HOST.test(name);
}

/** Whether `name`, a host name as URLs write it, is an IP address. */
export const isAddress = (name: string): boolean => isIP(name.replace(/^\[|\]$/g, '')) !== 0;

/**
 * Why a request is refused that was sent to another name than those of loopback and of `hosts`; null if it was not. A page whose own name was made to
 * resolve to this machine (DNS rebinding) is of our origin to the browser, and only the Host header tells.
 */
export function foreignHost(request: Request, hosts: Pick<ReadonlySet<string>, 'has'>): string | null {
  const host = request.headers.get('host') ?? new URL(request.url).host;
  if (isLoopbackHost(host) || hosts.has(hostName(host) ?? '')) return null;
  return 'this server does not answer for the host that the request names';
}

/** The names of `hosts`, read anew for each request, in any spelling; with `addresses` every IP address too. */
export const hostNames = (hosts: () => readonly string[], addresses: boolean): Pick<ReadonlySet<string>, 'has'> => ({
  has: (name) => (addresses && isAddress(name)) || hosts().some((host) => hostName(host) === name),
});

/** Whether a page of another origin sends this: a browser says in Sec-Fetch-Site where a request comes from, or in Origin. Programs send neither. */
export function isForeignPage(request: Request): boolean {
  const site = request.headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin' && site !== 'none') return true;
  const origin = request.headers.get('origin');
  // A form of ours whose page sends no referrer has the origin `null`.
  if (origin === null || (origin === 'null' && site === 'same-origin')) return false;
  return hostOf(origin) !== (request.headers.get('host') ?? new URL(request.url).host);
}

/** Whether a person follows a link, or enters an address: the answer is shown to him, and no page can read it. */
export const isNavigation = (request: Request): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') &&
  request.headers.get('sec-fetch-mode') === 'navigate' &&
  request.headers.get('sec-fetch-dest') === 'document';

/** Refuses what a page of another origin sends, which a browser asks for first before it sends `application/json` elsewhere. */
export function refuseForeignPage(request: Request): Response | null {
  if (isForeignPage(request)) return failure(403, 'cross-site', 'pages of other origins may not use this API');
  if (request.method === 'POST' && mediaType(request) !== 'application/json') {
    return failure(
      415,
      'bad-content-type',
      `content-type must be application/json, got ${JSON.stringify(mediaType(request).slice(0, 80))}`,
    );
  }
  return null;
}

/** The media type of what is posted, without its parameters. */
export const mediaType = (request: Request): string =>
  (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

const hostOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).host : null);

function hostName(host: string): string | null {
  const url = `http://${host}/`;
  // Anything but a host and a port would show up in another part of the URL.
  return /^[^/?#@\\\s]+$/.test(host) && URL.canParse(url) ? new URL(url).hostname : null;
}
