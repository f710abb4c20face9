import { createServer as createHttp, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { parseEnvelope, type Event } from '@sentry/core';
import { expect, onTestFinished } from 'vitest';

/** A request as it came, its envelope parsed by Sentry's own code. */
export interface Received {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly bodyBytes: number;
  readonly header: Readonly<Record<string, unknown>>;
  readonly event: Event;
}

/** Answers a request; nothing else does. */
export type Reply = (received: Received, response: ServerResponse) => void;

export interface SentryServer {
  readonly dsn: string;
  readonly port: number;
  /** All requests, in order, whatever they were answered. */
  readonly requests: readonly Received[];
  /** Connections that were opened. */
  readonly sockets: () => number;
  /** What is answered from now on. */
  reply: Reply;
  close(): Promise<void>;
}

export interface SentryServerOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  /** 0 picks a free one. */
  readonly port?: number;
}

/** What Sentry answers. */
export const taken: Reply = ({ event }, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ id: event.event_id }));
};

/** A fixed answer. */
export const answering =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = ''): Reply =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

/** A receiver of envelopes on loopback that fails the test at whatever Sentry could not read. */
export async function startSentryServer({ tls, port = 0 }: SentryServerOptions = {}): Promise<SentryServer> {
  const requests: Received[] = [];
  let socketCount = 0;
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const received = parse(request, Buffer.concat(chunks));
      requests.push(received);
      server.reply(received, response);
    });
  };
  const http = tls ? createHttps(tls, listener) : createHttp(listener);
  http.on(tls ? 'secureConnection' : 'connection', () => (socketCount += 1));
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve));
  const bound = (http.address() as AddressInfo).port; // bound to a port, so no path
  const server: SentryServer = {
    dsn: `${tls ? 'https' : 'http'}://pub@127.0.0.1:${bound}/42`,
    port: bound,
    requests,
    sockets: () => socketCount,
    reply: taken,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  onTestFinished(() => server.close());
  return server;
}

function parse(request: IncomingMessage, raw: Buffer): Received {
  const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
  const [header, items] = parseEnvelope(body);
  const [[itemHeader, payload]] = items as [[{ type: string; length: number }, Uint8Array]]; // one item, checked below
  expect(items).toHaveLength(1);
  expect(itemHeader.type).toBe('event');
  expect(payload.length).toBe(itemHeader.length);
  const event = JSON.parse(Buffer.from(payload).toString()) as Event; // what the sink has sent, which the tests look at
  return { url: request.url ?? '', headers: request.headers, bodyBytes: raw.length, header: { ...header }, event };
}
