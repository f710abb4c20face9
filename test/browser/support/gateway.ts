import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A door in front of a server, which a test can shut: pages send here, and it passes on. */
export interface Gateway {
  readonly origin: string;
  /** While true, connections are cut instead of answered. */
  isShut: boolean;
  /** While it is a status, messages' requests are answered with it instead of being passed on. */
  refusal: number | null;
  /** Answers the next `count` messages' requests with `status` instead of passing them on. */
  refuse(count: number, status: number): void;
  /** Bodies of `POST` requests that came, those without an answer among them. */
  readonly posts: readonly { readonly path: string; readonly body: string; readonly status: number | 'cut' }[];
}

/** Starts a gateway to the server at `target`. It ends with the test. */
export async function startGateway(target: string): Promise<Gateway> {
  const posts: { path: string; body: string; status: number | 'cut' }[] = [];
  const refusals: number[] = [];
  let isShut = false;
  let lasting: number | null = null;

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    const note = (body: Buffer, status: number | 'cut'): void => {
      if (method === 'POST') posts.push({ path: url, body: body.toString(), status });
    };
    const body = await buffer(incoming);
    if (isShut) {
      note(body, 'cut');
      incoming.socket.destroy();
      return;
    }
    const refusal = method === 'POST' ? (refusals.shift() ?? lasting) : null;
    if (refusal !== null) {
      note(body, refusal);
      response.writeHead(refusal, corsFor(headers.origin)).end();
      return;
    }
    const { hostname, port } = new URL(target);
    const outgoing = forward({ hostname, port, method, path: url, headers });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    note(body, answer.statusCode ?? 0);
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => incoming.socket.destroy()); // the page, or the server, has gone
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts,
    refuse: (count, status) => refusals.push(...Array.from({ length: count }, () => status)),
    get refusal() {
      return lasting;
    },
    set refusal(given) {
      lasting = given;
    },
    get isShut() {
      return isShut;
    },
    set isShut(given) {
      isShut = given;
    },
  };
}

/** As the relay would say it, so that a page can read the refusal. */
const corsFor = (origin: string | undefined): Record<string, string> =>
  origin === undefined ? {} : { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' };
