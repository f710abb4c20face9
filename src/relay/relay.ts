import { answer, failure } from './answers.ts';
import { corsHeaders, LOOPBACK_ORIGINS, originPolicy, PREFLIGHT_HEADERS } from './origins.ts';
import { gunzip, readBody } from './read-body.ts';

/** What became of a body. */
export type Acceptance =
  | {
      /** Messages that are on their way. */
      readonly accepted: number;
      /** Messages that had arrived before: of a body sent twice, as its first answer was lost. */
      readonly duplicates: number;
      /** Lines that were not taken; `line` counts from 1, the header's. */
      readonly refused: readonly { readonly line: number; readonly error: string }[];
      /** How many lines were not taken, where `refused` lists only the first of them. @default refused.length */
      readonly refusedCount?: number;
    }
  /** Nothing was taken. `journal-failed`: the same body may be sent again later; anything else says what is wrong with it. */
  | { readonly rejected: string };

export interface RelayOptions {
  /** Hands a body (any bytes) on. Resolves once its messages are safe. A rejection is answered as `journal-failed` is: with 503. */
  readonly deliver: (body: Uint8Array) => Promise<Acceptance>;
  /**
   * Pages that may send: exact origins, `http://localhost:*` for any port, `null`, `*` for all. Requests without an Origin (programs), and
   * pages of the relay's own origin, always may. @default `http://localhost:*`, `http://127.0.0.1:*` and `null`
   */
  readonly origins?: readonly string[];
  /** Largest body, both as it arrives and decompressed, in bytes. @default 1048576 */
  readonly maxBodyBytes?: number;
}

/** Takes messages over HTTP. */
export interface Relay {
  /** Answers one request; never rejects. The path is not looked at, so it can be mounted anywhere. */
  fetch(request: Request): Promise<Response>;
}

/** A message over HTTP may have 1 MiB, and a body holds at least one. */
const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;
/** Refused lines that an answer lists, so that a body of nothing but newlines cannot ask for an answer many times its size. */
const MAX_LISTED_REFUSALS = 100;
/** A journal that cannot be written to is a matter of seconds (a slow disk) or of a person; a second is soon enough for both. */
const RETRY_AFTER_SECONDS = 1;

/** Why a body that is signed was not taken. */
const SIGNATURE_REASONS: ReadonlySet<string> = new Set(['unsigned', 'unknown-key', 'bad-signature', 'stale']);

/** Creates a relay. Throws a RangeError that names the option for one that is wrong. */
export function createRelay(options: RelayOptions): Relay {
  const { deliver, origins = LOOPBACK_ORIGINS, maxBodyBytes = DEFAULT_MAX_BODY_BYTES } = options;
  if (!Number.isSafeInteger(maxBodyBytes) || maxBodyBytes < 1) {
    throw new RangeError(`maxBodyBytes must be a whole number of at least 1, got ${String(maxBodyBytes)}`);
  }
  const isListed = originPolicy(origins);

  async function post(request: Request): Promise<Response> {
    const encoding = new URL(request.url).searchParams.get('encoding') ?? request.headers.get('content-encoding');
    if (encoding !== null && encoding !== 'gzip' && encoding !== 'identity') {
      return failure(
        415,
        'bad-encoding',
        `encoding must be gzip or absent, got ${JSON.stringify(encoding.slice(0, 40))}`,
      );
    }
    const sent = await readBody(request, maxBodyBytes);
    const body = sent.ok && encoding === 'gzip' ? await gunzip(sent.bytes, maxBodyBytes) : sent;
    if (body.ok) return delivered(body.bytes);
    switch (body.reason) {
      case 'too-large':
        return failure(
          413,
          'too-large',
          `a body may have ${maxBodyBytes} bytes, decompressed too; send smaller batches`,
        );
      case 'bad-gzip':
        return failure(400, 'bad-gzip', 'the body is not gzip, though encoding=gzip says so');
      case 'cut-off':
        return failure(400, 'cut-off', 'the body ended before it was complete');
    }
  }

  async function delivered(bytes: Uint8Array): Promise<Response> {
    let acceptance: Acceptance;
    try {
      acceptance = await deliver(bytes);
    } catch {
      acceptance = { rejected: 'journal-failed' }; // why is for the router to tell, on its own side
    }
    if ('rejected' in acceptance) return rejection(acceptance.rejected);
    const { duplicates, refused, refusedCount = refused.length } = acceptance;
    const accepted = acceptance.accepted + duplicates; // what arrived before is as safe
    const listed = refused.slice(0, MAX_LISTED_REFUSALS);
    const books = {
      accepted,
      refused: listed,
      ...(listed.length < refusedCount && { refusedCount }),
    };
    if (accepted > 0) return answer(202, books);
    return answer(400, { error: 'no line of the body is a valid message', code: 'nothing-valid', ...books });
  }

  function respond(request: Request): Promise<Response> | Response {
    if (request.method === 'POST') return post(request);
    if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow: 'POST, OPTIONS' } });
    return failure(405, 'bad-method', `messages are sent with POST, got ${request.method}`, { allow: 'POST, OPTIONS' });
  }

  return {
    async fetch(request) {
      const origin = request.headers.get('origin');
      if (origin === null) return respond(request);
      if (!isListed(origin) && !isOwnOrigin(origin, request.url)) {
        return failure(
          403,
          'bad-origin',
          `pages of ${JSON.stringify(origin.slice(0, 200))} may not send here; add it to origins`,
        );
      }
      const response = await respond(request);
      const extra =
        request.method === 'OPTIONS' ? { ...corsHeaders(origin), ...PREFLIGHT_HEADERS } : corsHeaders(origin);
      for (const [name, value] of Object.entries(extra)) response.headers.set(name, value);
      return response;
    },
  };
}

/** Hosts are compared, not schemes: behind a proxy that ends TLS the page's is https and ours is http. */
function isOwnOrigin(origin: string, url: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === new URL(url).host;
}

function rejection(reason: string): Response {
  if (reason === 'journal-failed') {
    const message = 'the messages could not be stored; try again';
    return failure(503, 'unavailable', message, { 'retry-after': String(RETRY_AFTER_SECONDS) });
  }
  const isForged = SIGNATURE_REASONS.has(reason);
  return answer(isForged ? 403 : 400, {
    error: isForged ? `the body's signature does not hold: ${reason}` : `the body is no batch of messages: ${reason}`,
    code: isForged ? 'bad-signature' : 'nothing-valid',
    accepted: 0,
    refused: [{ line: 1, error: reason }],
  });
}
