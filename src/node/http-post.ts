import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { HttpOutcome } from '../core/http-transport.ts';

/** An answer that takes longer counts as none, in milliseconds. */
const ANSWER_TIMEOUT_MS = 10_000;
/** What is read of an answer, in characters: a list of refused lines. */
const MAX_ANSWER_LENGTH = 256 * 1024;

/** Posts `text` to `url`. Not `fetch`: its connections keep a process alive until the other side answers, and a guest must not. */
export function postText(url: string, text: string, signal: AbortSignal): Promise<HttpOutcome> {
  return new Promise((resolve) => {
    const request = url.startsWith('https:') ? httpsRequest : httpRequest;
    const outgoing = request(
      url,
      { method: 'POST', signal, timeout: ANSWER_TIMEOUT_MS, headers: { 'content-type': 'text/plain; charset=utf-8' } },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          if (body.length < MAX_ANSWER_LENGTH) body += part;
        });
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, body, retryAfter: answer.headers['retry-after'] ?? null });
        });
        answer.on('error', (error) => {
          resolve({ failure: error.message });
        });
      },
    );
    outgoing.on('socket', (socket) => socket.unref());
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${ANSWER_TIMEOUT_MS} ms`)));
    outgoing.on('error', (error) => {
      resolve({ failure: error.message });
    });
    outgoing.end(text);
  });
}
