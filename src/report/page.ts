import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { isMissing } from '../store/layout.ts';

/** Answers requests for the page and its parts; null for a path that is none. */
export type Page = (request: Request) => Promise<Response | null>;

/** A script or a style of the build. The pattern has no way out of the folder. */
const PART_PATH = /^\/ui\/([\w-]+(?:\.[\w-]+)*\.(?:js|css))$/;
const PART_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/**
 * The page runs its own script alone, shows nothing of others, and cannot be framed. Trusted Types make a browser refuse any text that would
 * become HTML, so that a message's content never can.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // Asked for anew each time, which costs a 304: after an upgrade, page and script must fit each other.
  'cache-control': 'no-cache',
  vary: 'accept-encoding',
};

interface Encoded {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}

interface Part {
  readonly plain: Encoded;
  readonly gzip: Encoded;
}

const compress = /* @__PURE__ */ promisify(gzip);

/** Serves the built page in `dir`. Its files are read and compressed once, when they are first asked for. */
export function createPage(dir: string): Page {
  const parts = new Map<string, Promise<Part>>();

  function load(name: string): Promise<Part> {
    let part = parts.get(name);
    if (part === undefined) {
      part = read(join(dir, name));
      part.catch(() => parts.delete(name)); // whoever asked is told; the next request may find it
      parts.set(name, part);
    }
    return part;
  }

  return async (request) => {
    const path = new URL(request.url).pathname;
    const name = path === '/' ? 'index.html' : PART_PATH.exec(path)?.[1];
    if (name === undefined) return null;
    const part = await load(name).catch((error: unknown) => {
      if (path !== '/' && isMissing(error)) return null;
      throw error;
    });
    if (part === null) return null;
    const isGzip = takesGzip(request);
    const { body, etag } = isGzip ? part.gzip : part.plain;
    const type = PART_TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
    const headers = { ...HEADERS, etag, 'content-type': type, ...(isGzip && { 'content-encoding': 'gzip' }) };
    if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers });
    return new Response(body, { headers });
  };
}

async function read(path: string): Promise<Part> {
  const file = await readFile(path);
  const digest = createHash('sha256').update(file).digest('base64url').slice(0, 22);
  return {
    plain: { body: new Uint8Array(file), etag: `"${digest}"` },
    // Other bytes need another one: RFC 9110, section 8.8.3.3.
    gzip: { body: new Uint8Array(await compress(file)), etag: `"${digest}-gzip"` },
  };
}

/** Whether `gzip` is named in Accept-Encoding, and not with a weight of nought. */
const takesGzip = (request: Request): boolean =>
  (request.headers.get('accept-encoding') ?? '')
    .split(',')
    .some((coding) => /^gzip(?:;q=(?!0(?:\.0*)?$).*)?$/i.test(coding.replace(/\s/g, '')));
