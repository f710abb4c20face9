import { once, setMaxListeners } from 'node:events';
import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { RemoteError } from '../remote.ts';
import { connectionError } from './hdfs-error.ts';

export interface ExchangeOptions {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** The connection fails when nothing comes or goes for so long, in milliseconds. */
  readonly silenceMs: number;
  readonly signal: AbortSignal | undefined;
}

/** How long the other end may take to say that it wants the content; HTTP says not to wait for ever. */
const CONTINUE_WITHIN_MS = 2_000;
/** Few enough of an answer that ought to be short, and enough for the names of a hundred thousand files. */
const MAX_TEXT_BYTES = 64 * 1_048_576;

/** Asks, and resolves with the answer's head. Its content is to be read, or destroyed. `fetch` cannot take its place: it fails at the 100 Continue that a DataNode sends unasked. */
export async function exchange(url: URL, options: ExchangeOptions): Promise<IncomingMessage> {
  const request = open(url, options, {});
  request.end();
  return settled(url, options.signal, answerTo(request));
}

/** Sends `content`, which has this length and is destroyed in the end, once the other end wants it; resolves with the answer's head. */
export async function sendContent(
  url: URL,
  content: Readable,
  bytes: number,
  options: ExchangeOptions,
): Promise<IncomingMessage> {
  const request = open(url, options, {
    'content-type': 'application/octet-stream',
    'content-length': bytes,
    expect: '100-continue', // so that a refusal comes before the content is sent
  });
  const answered = answerTo(request);
  request.flushHeaders();
  const local: { failure?: Error } = {};
  content.once('error', (error) => {
    local.failure = error;
    request.destroy(error);
  });
  try {
    await settled(url, options.signal, goAhead(request, answered));
    // Refused, or done with, before all was sent: then there is no more to send.
    if (bytes === 0) request.end();
    else content.pipe(request);
    return await settled(url, options.signal, answered);
  } catch (error) {
    request.destroy();
    if (local.failure === undefined) throw error;
    throw new RemoteError('local', `A local file could not be read: ${String(local.failure)}.`);
  } finally {
    content.unpipe(request);
    content.destroy();
  }
}

/** All of an answer as text. */
export async function textOf(answer: IncomingMessage, url: URL, signal: AbortSignal | undefined): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  const read = async (): Promise<string> => {
    for await (const part of answer as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > MAX_TEXT_BYTES) throw new Error(`its answer is longer than ${MAX_TEXT_BYTES} bytes`);
      parts.push(part);
    }
    return Buffer.concat(parts).toString();
  };
  return settled(url, signal, read());
}

/** Throws RemoteError of kind `aborted` if the signal says so. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new RemoteError('aborted', 'It was asked to stop.');
}

/** Turns what a connection can reject with into a RemoteError. */
export async function settled<T>(url: URL, signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throwIfAborted(signal);
    throw error instanceof RemoteError ? error : connectionError(url.host, error);
  }
}

function open(
  url: URL,
  { method, silenceMs, signal }: ExchangeOptions,
  headers: Readonly<Record<string, string | number>>,
): ClientRequest {
  throwIfAborted(signal);
  // Who asks says how many are under way, and each listens until its socket is closed, after its answer has ended: more than ten are no leak.
  if (signal !== undefined) setMaxListeners(0, signal);
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const request = send(url, { method, headers, timeout: silenceMs, agent: false, ...(signal && { signal }) });
  request.on('error', () => undefined); // told by the answer that does not come, or by its end
  request.on('timeout', () => request.destroy(new Error(`nothing came for ${silenceMs / 1_000} seconds`)));
  return request;
}

async function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  return answer;
}

async function goAhead(request: ClientRequest, answered: Promise<unknown>): Promise<void> {
  const late = AbortSignal.timeout(CONTINUE_WITHIN_MS);
  const wanted = once(request, 'continue', { signal: late }).catch((error: unknown) => {
    if (!late.aborted) throw error;
  });
  await Promise.race([wanted, answered]);
}
