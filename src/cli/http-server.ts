import { once } from 'node:events';
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';

/** A listening HTTP server. */
export interface HttpServer {
  readonly port: number;
  /** Stops listening and waits for the answers under way, at most `timeoutMs`; then the connections are cut. */
  close(timeoutMs: number): Promise<void>;
}

/** A request that is not complete by then is given up: nobody needs as long for 1 MiB to a machine nearby. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Listens on `host` and `port` (0: any free one). `fetch` is told the address of the socket's other end. Rejects with the system's error if it cannot. */
export async function startHttpServer(
  host: string,
  port: number,
  fetch: (request: Request, info: { readonly address: string | undefined }) => Promise<Response>,
): Promise<HttpServer> {
  const server = createAdaptorServer({
    fetch: (request, { incoming }) => fetch(request, { address: incoming.socket.remoteAddress }),
    overrideGlobalObjects: false,
    serverOptions: { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    // Without a factory of ours the adapter makes a server of node:http.
  }) as Server;
  server.listen(port, host);
  await once(server, 'listening'); // rejects on `error`
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async close(timeoutMs) {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
      await closed;
      clearTimeout(timer);
    },
  };
}
