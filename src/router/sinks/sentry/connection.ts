import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Cancel, Clock } from '../../../core/platform.ts';
import { codeOf } from '../../errors.ts';
import type { EncodedEnvelope } from './envelope.ts';
import type { Target } from './target.ts';

export interface ConnectionOptions {
  readonly target: Target;
  /** Certificates to trust, as PEM. Absent: those of Node and of NODE_EXTRA_CA_CERTS. */
  readonly ca?: readonly string[];
  /** Most sockets at a time. */
  readonly maxSockets: number;
  readonly clock: Clock;
}

/** What the server said. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The start of the body. */
  readonly text: string;
}

export interface Connection {
  /** Posts a body and waits for the answer, whatever its status. Rejects when none comes, and at once when `signal` is aborted. */
  post(envelope: EncodedEnvelope, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

/** A server that cannot be reached is given up before the write's own deadline, so that the reason names it. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** Kept of an answer's body. */
const MAX_TEXT_BYTES = 16 * 1024;
/** Read of an answer's body, so that its connection can be used again; past that it is cut. */
const MAX_BODY_BYTES = 1024 ** 2;

/** Connections to one server, kept open between requests. Redirects are not followed. */
export function createConnection({ target, ca, maxSockets, clock }: ConnectionOptions): Connection {
  const { url } = target;
  const isSecure = url.protocol === 'https:';
  const options = { keepAlive: true, maxSockets, scheduling: 'lifo' } as const;
  const agent = isSecure ? new HttpsAgent({ ...options, ...(ca && { ca: [...ca] }) }) : new HttpAgent(options);

  function attempt({ body, headers }: EncodedEnvelope, signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = (isSecure ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        agent,
        signal,
        headers: { ...target.headers, ...headers, 'Content-Length': body.length },
      });
      const disarm = limitConnecting(request, isSecure, clock);
      let settle: (() => void) | undefined;
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          if (bytes < MAX_TEXT_BYTES) chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > MAX_BODY_BYTES) response.destroy();
        });
        // The status has come and counts, even if the rest of the body never does.
        settle = () => {
          const text = Buffer.concat(chunks).toString('utf8', 0, MAX_TEXT_BYTES);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        };
        response.on('error', settle);
        response.on('close', settle);
      });
      request.on('error', (error) => {
        if (settle) settle();
        else reject(request.reusedSocket && codeOf(error) === 'ECONNRESET' ? new StaleSocketError() : error);
      });
      request.on('close', disarm);
      request.end(body);
    });
  }

  return {
    async post(envelope, signal) {
      for (;;) {
        try {
          return await attempt(envelope, signal);
        } catch (error) {
          // Ends: each attempt uses up a socket that was kept, and one on a new socket does not fail in this way.
          if (!(error instanceof StaleSocketError)) throw error;
        }
      }
    },
    close: () => agent.destroy(),
  };
}

/** The server closed a kept socket just as it was used again: the request is sent anew. https://nodejs.org/api/http.html#requestreusedsocket */
class StaleSocketError extends Error {
  override readonly name = 'StaleSocketError';
}

/** Ends a request whose new socket is not connected in time. */
function limitConnecting(request: ClientRequest, isSecure: boolean, clock: Clock): Cancel {
  let disarm: Cancel = () => undefined;
  request.on('socket', (socket: Socket) => {
    if (request.reusedSocket) return;
    disarm = clock.after(CONNECT_TIMEOUT_MS, () => {
      request.destroy(new Error(`no connection within ${CONNECT_TIMEOUT_MS / 1000} s`));
    });
    socket.once(isSecure ? 'secureConnect' : 'connect', () => disarm());
  });
  return () => disarm();
}
