import { failure } from './answers.ts';

/** Answers requests for the scripts that pages load; null for any other path. */
export type Script = (request: Request) => Promise<Response | null>;

/** The built file behind each path. */
const FILES: ReadonlyMap<string, string> = new Map([
  ['/metlog.js', 'metlog.global.js'],
  ['/metlog.stub.js', 'metlog.stub.js'],
]);

const HEADERS: Readonly<Record<string, string>> = {
  // After an upgrade a page has the old script for five minutes at most; both speak one wire format.
  'cache-control': 'public, max-age=300',
  // For pages of other origins, also those that load it with `crossorigin` to check its hash, or that isolate themselves.
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
};

interface Loaded {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}

/** Serves the page's scripts. `read` reads a built file, rejecting if there is none; each is read once, when it is first asked for. */
export function createScript(read: (name: string) => Promise<Uint8Array>): Script {
  const files = new Map<string, Promise<Loaded>>();

  function load(name: string): Promise<Loaded> {
    let file = files.get(name);
    if (file === undefined) {
      file = read(name).then(loaded);
      file.catch(() => files.delete(name)); // whoever asked is told; the next request may find it
      files.set(name, file);
    }
    return file;
  }

  return async (request) => {
    const { pathname } = new URL(request.url);
    const name = FILES.get(pathname);
    if (name === undefined) return null;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return failure(405, 'bad-method', `${pathname} takes GET`, { allow: 'GET, HEAD' });
    }
    const file = await load(name).catch(() => undefined);
    if (file === undefined) return failure(404, 'not-found', `${name} is not among the built files`, HEADERS_OF_NONE);
    const headers = { ...HEADERS, etag: file.etag, 'content-type': 'text/javascript; charset=utf-8' };
    if (isKnown(request.headers.get('if-none-match'), file.etag)) return new Response(null, { status: 304, headers });
    return new Response(request.method === 'HEAD' ? null : file.body, { headers });
  };
}

/** So that a page's console says 404, and not that it may not look. */
const HEADERS_OF_NONE = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' };

async function loaded(file: Uint8Array): Promise<Loaded> {
  const body = new Uint8Array(file);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
  const hex = Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { body, etag: `"${hex}"` };
}

/** A proxy that compresses makes the tag a weak one; for this question that is the same. https://www.rfc-editor.org/rfc/rfc9110#field.if-none-match */
const isKnown = (header: string | null, etag: string): boolean =>
  header !== null && header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
