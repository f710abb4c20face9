import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { WATCH_SCRIPT } from './watch.ts';

export interface SiteFile {
  readonly headers?: Readonly<Record<string, string>>;
  /** How long its visitor waits for it. @default 0 */
  readonly delayMs?: number;
}

/** A web site of the test's own: an origin, which no other test has, so that no two share a storage. */
export interface Site {
  readonly origin: string;
  /** Puts a page, or a script by a path that ends in `.js`, at this path, and answers its URL. */
  put(path: string, content: string, options?: SiteFile): string;
  /** What pages reported that their policy names `report-uri /violations`. */
  readonly violations: readonly string[];
  /** Paths that were asked for, in order. */
  readonly visits: readonly string[];
}

/** A page with `content`, watched: see `watch.ts`. */
export const htmlPage = (content: string): string =>
  `<!doctype html><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,"><script src="/watch.js"></script>\n${content}`;

/** Starts a site without a page. It ends with the test. */
export async function startSite(): Promise<Site> {
  const files = new Map<string, SiteFile & { readonly content: string }>();
  const violations: string[] = [];
  const visits: string[] = [];
  files.set('/watch.js', { content: WATCH_SCRIPT });
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://site').pathname;
    if (path === '/violations') {
      void text(request).then((report) => {
        violations.push(report);
        response.writeHead(204).end();
      });
      return;
    }
    visits.push(path);
    const file = files.get(path);
    if (file === undefined) return void response.writeHead(404).end();
    const answer = (): void => {
      response.writeHead(200, {
        'content-type': `${path.endsWith('.js') ? 'text/javascript' : 'text/html'}; charset=utf-8`,
        'cache-control': 'no-cache', // `no-store` would keep pages out of the back/forward cache
        'access-control-allow-origin': '*', // a script with an integrity hash is fetched with CORS
        ...file.headers,
      });
      response.end(file.content);
    };
    void delay(file.delayMs ?? 0, undefined, { ref: false }).then(answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    violations,
    visits,
    put(path, content, options = {}) {
      files.set(path, { content, ...options });
      return origin + path;
    },
  };
}
