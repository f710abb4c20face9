/**
 * Pages that may send to a relay on a loopback address: those of a developer's own machine. `null` is what a page from a file, or in a
 * sandboxed frame, calls itself.
 */
export const LOOPBACK_ORIGINS: readonly string[] = ['http://localhost:*', 'http://127.0.0.1:*', 'null'];

/** Says whether pages of `origin`, as a browser writes it in the Origin header, may send. */
export type OriginPolicy = (origin: string) => boolean;

/**
 * Reads a list of origins: each exact (`https://shop.example`), with any port (`http://localhost:*`), `null`, or `*` for all. Throws a
 * RangeError that names an entry which can never match.
 */
export function originPolicy(origins: readonly string[]): OriginPolicy {
  const exact = new Set<string>();
  const anyPort = new Set<string>();
  let all = false;
  for (const entry of origins) {
    if (entry === '*') all = true;
    else if (entry === 'null') exact.add(entry);
    else if (entry.endsWith(':*')) anyPort.add(requireOrigin(entry, entry.slice(0, -2)));
    else exact.add(requireOrigin(entry, entry));
  }
  return (origin) => all || exact.has(origin) || anyPort.has(withoutPort(origin));
}

function requireOrigin(entry: string, origin: string): string {
  if (URL.canParse(origin) && new URL(origin).origin === origin) return origin;
  throw new RangeError(
    `origins must hold entries such as https://shop.example, http://localhost:* or null, got ${entry}`,
  );
}

const withoutPort = (origin: string): string => origin.replace(/:\d{1,5}$/, '');

/** What lets a page of `origin` send and read the answer. A beacon always carries credentials, for which `*` would not do. */
export function corsHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'retry-after',
    vary: 'origin',
  };
}

/**
 * What lets any page read an answer, but none that was sent with credentials. Without it a page whose request was refused could not tell that from
 * a network that is down, and would try for ever.
 */
export const READABLE_HEADERS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'retry-after',
};

/** What a preflight asks for besides; a page that sends `text/plain` needs none. */
export const PREFLIGHT_HEADERS: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'content-type',
  // Chromium's upper limit; it asks again after that anyway.
  'access-control-max-age': '7200',
};
