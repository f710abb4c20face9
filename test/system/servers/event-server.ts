import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface EventServer {
  readonly dsn: string;
  /** What it answers: 200, or a failure. */
  status: number;
  /** Requests that it has answered with a failure. */
  readonly failed: number;
  /** Bodies that it has taken. */
  readonly bodies: readonly string[];
}

/** Takes envelopes as Sentry does, while its status is 200. */
export async function startEventServer(): Promise<EventServer> {
  const bodies: string[] = [];
  let failed = 0;
  let status = 200;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      if (status === 200) bodies.push(body);
      else failed += 1;
      response.writeHead(status).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    dsn: `http://public@127.0.0.1:${port}/1`,
    bodies,
    get failed() {
      return failed;
    },
    get status() {
      return status;
    },
    set status(given) {
      status = given;
    },
  };
}
