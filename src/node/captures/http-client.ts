import { AsyncResource } from 'node:async_hooks';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Capture } from '../../core/capture.ts';
import type { Metlog } from '../../core/metlog.ts';
import { isOwnRequest } from '../http-post.ts';
import { subscribeAll } from './http-server.ts';

export interface HttpClientOptions {
  /** Fraction of the requests that are timed, 0 to 1; the client's `timers` win over it. @default the client's `rate` */
  readonly rate?: number | undefined;
}

/** Hosts that have a name of their own; the rest share `other`. Those that an application calls are few, unless they come from data. */
const MAX_HOSTS = 200;

/** One exchange under way. */
interface Exchange {
  readonly method: string;
  readonly host: string;
  readonly startedMs: number;
  /** Records it as of the request that is handled when it is sent: its end comes from a connection that serves others too. */
  readonly record: Metlog['timing'];
  status?: number | undefined;
}

/** What undici, which is Node's `fetch`, publishes. https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md */
interface UndiciMessage {
  readonly request: { readonly method: string; readonly origin: string | URL };
  readonly response?: { readonly statusCode: number };
}

/**
 * Times each request that the process sends by `node:http`, `node:https` and `fetch`, until its answer has come: `client.GET api.example:443`, with `status` in the
 * metadata, or `error` where none came. Neither path nor query is sent. It listens to what Node publishes; nothing is patched.
 */
export function httpClient({ rate }: HttpClientOptions = {}): Capture {
  return {
    name: 'httpClient',
    start({ metlog }) {
      const hosts = new Set<string>();
      const exchanges = new WeakMap<object, Exchange>();

      function begin(key: object, method: string, host: string): void {
        const record = AsyncResource.bind(metlog.timing);
        exchanges.set(key, { method, host, startedMs: performance.now(), record });
      }

      function end(key: object): void {
        const exchange = exchanges.get(key);
        if (!exchange) return;
        exchanges.delete(key);
        const { method, host, startedMs, record, status } = exchange;
        const metadata = status === undefined ? { method, host, error: true } : { method, host, status };
        const name = `client.${method} ${known(host)}`;
        record(name, performance.now() - startedMs, rate === undefined ? { metadata } : { rate, metadata });
      }

      function known(host: string): string {
        if (hosts.has(host)) return host;
        if (hosts.size >= MAX_HOSTS) return 'other';
        hosts.add(host);
        return host;
      }

      function answered(key: object, status: number | undefined): void {
        const exchange = exchanges.get(key);
        if (exchange) exchange.status = status;
      }

      return subscribeAll({
        'http.client.request.start'(message) {
          const { request } = message as { request: ClientRequest };
          if (isOwnRequest(request)) return;
          begin(request, request.method, hostOf(request));
          request.once('close', () => end(request));
        },
        'http.client.response.finish'(message) {
          const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
          answered(request, response.statusCode);
        },
        'undici:request:create'(message) {
          const { request } = message as UndiciMessage;
          begin(request, request.method, new URL(request.origin).host);
        },
        'undici:request:headers'(message) {
          const { request, response } = message as UndiciMessage;
          answered(request, response?.statusCode);
        },
        'undici:request:trailers': (message) => end((message as UndiciMessage).request),
        'undici:request:error': (message) => end((message as UndiciMessage).request),
      });
    },
  };
}

function hostOf(request: ClientRequest): string {
  const header = request.getHeader('host');
  return typeof header === 'string' ? header : request.host;
}
