import { request as httpRequest, type ClientRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { HttpOutcome } from '../core/http-transport.ts';

/** An answer that takes longer counts as none, in milliseconds. */
const ANSWER_TIMEOUT_MS = 10_000;
/** What is read of an answer, in characters: a list of refused lines. */
const MAX_ANSWER_LENGTH = 256 * 1024;
/** How often it is looked whether connecting is all that the process still does, in milliseconds. */
const WATCH_MS = 100;

const KEY = Symbol.for('metlog.posts');
const holder = globalThis as { [key: symbol]: Set<ClientRequest> | undefined };
// All clients of the process watch together, in whatever copy of this package: each alone would take another's attempt to connect for the application's own work.
const allOpen = (holder[KEY] ??= new Set());
let watch: NodeJS.Timeout | undefined;

/**
 * Node can unref a socket, but not its attempt to connect: towards a host that drops packets that would keep a process for minutes. So
 * where such attempts are all that keeps it, they are ended.
 */
function endLonelyConnects(): void {
  const connecting = [...allOpen].filter(({ socket }) => socket?.connecting);
  const alive = process.getActiveResourcesInfo();
  if (alive.length > connecting.length || alive.some((kind) => kind !== 'ConnectWrap')) return;
  for (const outgoing of connecting) outgoing.destroy(new Error('the process has nothing else left to do'));
}

/** Whether a request is the SDK's own, from when it is sent. */
export const isOwnRequest = (outgoing: ClientRequest): boolean => allOpen.has(outgoing);

function remember(outgoing: ClientRequest): void {
  allOpen.add(outgoing);
  watch ??= setInterval(endLonelyConnects, WATCH_MS).unref();
}

function forget(outgoing: ClientRequest): void {
  allOpen.delete(outgoing);
  if (allOpen.size > 0) return;
  clearInterval(watch);
  watch = undefined;
}

/** Posts texts. */
export interface HttpPoster {
  /** Posts `text` to `url`. Never rejects. */
  post(url: string, text: string): Promise<HttpOutcome>;
  /** Ends what is under way; later posts fail. */
  close(): void;
}

/** Not `fetch`: its connections keep a process alive until the other side answers, and a guest must not. */
export function createHttpPoster(answerTimeoutMs = ANSWER_TIMEOUT_MS): HttpPoster {
  const open = new Set<ClientRequest>();
  let closed = false;

  return {
    post(url, text) {
      if (closed) return Promise.resolve({ failure: 'the client was closed' });
      return new Promise((resolve) => {
        const outgoing = openRequest(url, resolve);
        open.add(outgoing);
        remember(outgoing);
        // For the whole exchange: a server that dribbles would otherwise hold its place for ever.
        const timeout = setTimeout(() => {
          outgoing.destroy(new Error(`no answer within ${answerTimeoutMs} ms`));
        }, answerTimeoutMs).unref();
        outgoing.on('close', () => {
          clearTimeout(timeout);
          open.delete(outgoing);
          forget(outgoing);
          resolve({ failure: 'the connection ended before the answer' }); // does nothing where there was one
        });
        outgoing.end(text);
      });
    },
    close() {
      closed = true;
      for (const outgoing of open) outgoing.destroy(new Error('the client was closed'));
    },
  };
}

function openRequest(url: string, resolve: (outcome: HttpOutcome) => void): ClientRequest {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  const fail = (error: Error): void => {
    resolve({ failure: error.message || error.name });
  };
  const outgoing = request(url, { method: 'POST', headers: { 'content-type': 'text/plain; charset=utf-8' } });
  outgoing.on('response', (answer) => {
    let body = '';
    answer.setEncoding('utf8');
    answer.on('data', (part: string) => {
      if (body.length < MAX_ANSWER_LENGTH) body += part;
    });
    answer.on('end', () => {
      resolve({ status: answer.statusCode ?? 0, body, retryAfter: answer.headers['retry-after'] ?? null });
    });
    answer.on('error', fail);
  });
  outgoing.on('socket', (socket) => socket.unref());
  outgoing.on('error', fail);
  return outgoing;
}
