import { failure } from './answers.ts';

/** Names by which a machine reaches itself. `*.localhost` stays on it too (RFC 6761, section 6.3). */
const LOOPBACK_HOST = /^(?:localhost|(?:[a-z0-9-]+\.)+localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Whether `host`, as a Host header or a URL writes it, with or without a port, is this machine itself. */
export function isLoopbackHost(host: string): boolean {
  const name = hostName(host);
  return name !== null && LOOPBACK_HOST.test(name);
}

/**
 * Why a request is refused that was sent to another name; null if it was not. A page whose own name was made to resolve to this machine (DNS rebinding) is
 * of our origin to the browser, and only the Host header tells.
 */
export function foreignHost(request: Request, hosts: ReadonlySet<string>): string | null {
  const host = request.headers.get('host') ?? new URL(request.url).host;
  if (isLoopbackHost(host) || hosts.has(hostName(host) ?? '')) return null;
  return 'this server does not answer for the host that the request names';
}

/**
 * Refuses what a page of another origin sends: a browser says in Sec-Fetch-Site where a request comes from, and asks first before it sends
 * `application/json` elsewhere. Programs send neither header, and may ask.
 */
export function refuseForeignPage(request: Request): Response | null {
  const site = request.headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin' && site !== 'none') {
    return failure(403, 'cross-site', 'pages of other origins may not use this API');
  }
  const origin = request.headers.get('origin');
  if (origin !== null && hostOf(origin) !== (request.headers.get('host') ?? new URL(request.url).host)) {
    return failure(403, 'cross-site', 'pages of other origins may not use this API');
  }
  if (request.method === 'POST' && mediaType(request) !== 'application/json') {
    return failure(
      415,
      'bad-content-type',
      `content-type must be application/json, got ${JSON.stringify(mediaType(request).slice(0, 80))}`,
    );
  }
  return null;
}

const mediaType = (request: Request): string =>
  (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

const hostOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).host : null);

function hostName(host: string): string | null {
  const url = `http://${host}/`;
  // Anything but a host and a port would show up in another part of the URL.
  return /^[^/?#@\\\s]+$/.test(host) && URL.canParse(url) ? new URL(url).hostname : null;
}
