import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

export interface HttpReceiver {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  readonly requests: readonly HttpRequest[];
  /** Waits until at least `count` requests have come. */
  received(count: number): Promise<readonly HttpRequest[]>;
  close(): Promise<void>;
}

/** A server that keeps what is posted to it and answers as `answer` says; the default takes everything. */
export async function startHttpReceiver(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void = (_request, response) =>
    void response.writeHead(202).end('{"accepted":1,"refused":[]}'),
): Promise<HttpReceiver> {
  const requests: HttpRequest[] = [];
  let wake = (): void => undefined;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => (body += part));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      requests.push({ method, path, contentType: headers['content-type'] ?? '', body });
      answer(request, response, body);
      wake();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // a TCP server's address is never a path
    requests,
    async received(count) {
      while (requests.length < count) await new Promise<void>((resolve) => (wake = resolve));
      return requests;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
