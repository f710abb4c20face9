import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A request, as the gateway saw it. */
export interface Post {
  readonly path: string;
  readonly body: string;
  readonly status: number | 'cut';
  /** When it was there whole, in milliseconds of the gateway's own clock. */
  readonly atMs: number;
}

/** A door in front of a server, which a test can shut: pages send here, and it passes on. */
export interface Gateway {
  readonly origin: string;
  /** While true, connections are cut instead of answered. */
  isShut: boolean;
  /** While it is a status, messages' requests are answered with it instead of being passed on. */
  refusal: number | null;
  /** While true, what is passed on arrives, and its answer is held back until this is false. */
  isHolding: boolean;
  /** Answers the next `count` messages' requests with `status`, and `Retry-After` if it is given, instead of passing them on. */
  refuse(count: number, status: number, retryAfter?: string): void;
  /** `POST` requests that came, those without an answer among them. */
  readonly posts: readonly Post[];
}

/** Starts a gateway to the server at `target`. It ends with the test. */
export async function startGateway(target: string): Promise<Gateway> {
  const posts: Post[] = [];
  const refusals: { readonly status: number; readonly retryAfter?: string | undefined }[] = [];
  let isShut = false;
  let lasting: number | null = null;
  let held: { readonly released: Promise<void>; release(): void } | null = null;

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    const body = await buffer(incoming);
    const atMs = performance.now();
    const note = (status: number | 'cut'): void => {
      if (method === 'POST') posts.push({ path: url, body: body.toString(), status, atMs });
    };
    if (isShut) {
      note('cut');
      incoming.socket.destroy();
      return;
    }
    const refusal = method === 'POST' ? (refusals.shift() ?? (lasting !== null && { status: lasting })) : false;
    if (refusal) {
      const { status, retryAfter } = refusal;
      note(status);
      const wait = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
      response.writeHead(status, { ...corsFor(headers.origin), ...wait }).end();
      return;
    }
    const { hostname, port } = new URL(target);
    const outgoing = forward({ hostname, port, method, path: url, headers, agent: false });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    note(answer.statusCode ?? 0);
    await held?.released;
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => incoming.socket.destroy()); // the page, or the server, has gone
  });
  server.keepAliveTimeout = 0; // it would close a connection just when a browser uses it again, and WebKit does not repeat a post
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts,
    refuse: (count, status, retryAfter) =>
      refusals.push(...Array.from({ length: count }, () => ({ status, retryAfter }))),
    get refusal() {
      return lasting;
    },
    set refusal(given) {
      lasting = given;
    },
    get isHolding() {
      return held !== null;
    },
    set isHolding(given) {
      held?.release();
      held = given ? heldBack() : null;
    },
    get isShut() {
      return isShut;
    },
    set isShut(given) {
      isShut = given;
    },
  };
}

function heldBack(): { readonly released: Promise<void>; release(): void } {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  return { released, release };
}

/** What came of which the page says that it sent it after this, in epoch milliseconds: what it sent before may arrive as late. */
export const sentAfter = ({ posts }: Pick<Gateway, 'posts'>, ms: number): readonly Post[] =>
  posts.filter(({ body }) => !(Date.parse(/"sent":"([^"]*)"/.exec(body)?.[1] ?? '') <= ms));

/** As the relay would say it, so that a page can read the refusal. */
const corsFor = (origin: string | undefined): Record<string, string> =>
  origin === undefined
    ? {}
    : {
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'retry-after',
      };
