import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface ForgetfulProxy {
  /** `url` as it is reached through this proxy. */
  through(url: string): string;
  /** Requests that were passed on, those without an answer among them. */
  readonly passed: number;
}

/** Passes on every request, but cuts the connection instead of answering the first `forgotten`: their sender cannot know that they arrived. */
export async function startForgetfulProxy(target: string, forgotten: number): Promise<ForgetfulProxy> {
  let passed = 0;
  const server = createServer((request, response) => {
    const forward = async (): Promise<void> => {
      const { method = 'GET', url = '/' } = request;
      const headers = Object.entries(request.headers).filter(([name]) => name.startsWith('content-'));
      const answer = await fetch(new URL(url, target), {
        method,
        body: await buffer(request),
        headers: headers.map(([name, value]): [string, string] => [name, String(value)]),
      });
      passed += 1;
      if (passed <= forgotten) return void request.socket.destroy();
      response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
    };
    forward().catch(() => response.writeHead(502).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    through(url) {
      const proxied = new URL(url);
      proxied.port = String(port);
      return proxied.href;
    },
    get passed() {
      return passed;
    },
  };
}
