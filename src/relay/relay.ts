import { MAX_BODY_LINES } from '../core/decode.ts';
import { findSignature } from '../core/find-signature.ts';
import type { Clock } from '../core/platform.ts';
import { createTokenBuckets } from '../core/token-buckets.ts';
import type { Acceptance } from './acceptance.ts';
import { boundLines } from './body-lines.ts';
import { clientAddress, clientName, type Address } from './client-address.ts';
import { webClock } from './clock.ts';
import { extraMetadata } from './extra-metadata.ts';
import { createForwarder } from './forward.ts';
import type { PageKey } from './keys.ts';
import { corsHeaders, PREFLIGHT_HEADERS, READABLE_HEADERS } from './origins.ts';
import { directOutlet, forwardingOutlet, type Outlet } from './outlet.ts';
import { gunzip, readBody, type BodyFault, type BodyResult } from './read-body.ts';
import { refusalAnswer, type Refused } from './refusals.ts';
import type { RelayOptions, RelayRules } from './relay-options.ts';
import { createRoom, type Place } from './room.ts';
import { resolveRules, type Rules } from './rules.ts';
import { createRelayBook, type RelayStats } from './stats.ts';
import { takenAnswer } from './taken-answer.ts';

/** What the server that a relay is mounted in knows of a request. */
export interface RequestInfo {
  /** Address of the socket's other end: the client's, or the last proxy's. Absent: all clients share one limit. */
  readonly address?: string | undefined;
}

/** Takes messages over HTTP. */
export interface Relay {
  /** Answers one request; never rejects. The path is not looked at, so it can be mounted anywhere. */
  fetch(request: Request, info?: RequestInfo): Promise<Response>;
  /**
   * Refuses a request that whoever stands in front of the relay turns away, for a reason that is the server's to know. Counted as any other. The
   * message is answered, so it should repeat nothing of the request.
   */
  refuse(reason: 'wrong-path' | 'wrong-host', message: string): Response;
  stats(): RelayStats;
  /** Goes by other rules from now on. Throws a RangeError, with nothing changed, for rules that are wrong. */
  reload(rules: RelayRules): void;
  /** Lets what is under way end; what is asked afterwards is refused with 503. Idempotent. */
  close(): Promise<void>;
}

export interface RelayDeps {
  /** @default the runtime's */
  readonly clock?: Clock;
  /** Told, each time, why bodies could not be sent on by UDP. @default nobody */
  readonly warn?: (text: string) => void;
}

/** A request on its way in. */
interface Asked {
  readonly request: Request;
  readonly url: URL;
  readonly address: Address | undefined;
  readonly key: PageKey | undefined;
  readonly rules: Rules;
}

/** Creates a relay. Throws a RangeError that names the option for one that is wrong. */
export function createRelay(options: RelayOptions, deps: RelayDeps = {}): Relay {
  const clock = deps.clock ?? webClock;
  let rules = resolveRules(options);
  const outlet = openOutlet(options, clock, deps.warn ?? (() => undefined));
  const book = createRelayBook();
  const buckets = createTokenBuckets(clock);
  const room = createRoom(() => ({ maxBodies: rules.limits.maxBodies, maxBytes: rules.limits.maxHeldBytes }));
  const underWay = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  function refuse(refused: Refused): Response {
    book.refuse(refused.reason);
    return refusalAnswer(refused);
  }

  /** Why the request goes no further, by all that is known before its body is read. */
  function fault({ request, url, address, key, rules: { keys, limits } }: Asked): Refused | undefined {
    const id = url.searchParams.get('key');
    if (keys.size > 0 && key === undefined && (id !== null || !outlet.verifiesSignatures)) return badKey(id);
    const rate = key?.rate ?? limits;
    const waitMs = buckets.take(`${key?.id ?? ''} ${address === undefined ? '' : clientName(address)}`, rate);
    if (waitMs > 0) {
      return {
        reason: 'rate-limited',
        message: `at most ${rate.ratePerSecond} bodies a second are taken from one client; send larger batches`,
        headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) },
      };
    }
    const encoding = encodingOf(request, url);
    return encoding === 'gzip' || encoding === 'identity' ? undefined : BAD_ENCODING;
  }

  async function post(asked: Asked): Promise<Response> {
    const refused = fault(asked);
    if (refused !== undefined) return refuse(refused);
    const place = room.enter(asked.address && clientName(asked.address));
    if (place === null) return refuse(bodyFault('busy', asked.rules));
    try {
      return await taken(asked, place);
    } finally {
      place.leave();
    }
  }

  async function taken({ request, url, address, key, rules: now }: Asked, place: Place): Promise<Response> {
    const sent = await readBody(request, now.limits, place, clock);
    const isGzip = sent.ok && encodingOf(request, url) === 'gzip';
    const body: BodyResult = isGzip ? await gunzip(sent.bytes, now.limits.maxBodyBytes, place) : sent;
    if (!body.ok) return refuse(bodyFault(body.reason, now));
    // What is signed names its own key, and is held against it where it goes.
    if (now.keys.size > 0 && key === undefined && findSignature(body.bytes) === -1) return refuse(badKey(null));
    const bounded = boundLines(body.bytes, now.limits);
    if (bounded === null) return refuse(TOO_MANY_LINES);
    let acceptance: Acceptance;
    try {
      acceptance = await outlet.take(bounded, { key, extra: extraMetadata(request.headers, address, now) });
    } catch {
      acceptance = { rejected: 'journal-failed' }; // why is for the router to tell, on its own side
    }
    return takenAnswer(acceptance, book);
  }

  async function respond(request: Request, info: RequestInfo): Promise<Response> {
    if (closing !== undefined) return refuse({ reason: 'closed', message: 'the relay is shutting down' });
    const now = rules;
    const url = new URL(request.url);
    const key = now.keys.get(url.searchParams.get('key') ?? '');
    const origin = request.headers.get('origin');
    const mayUse = key?.mayUse ?? now.isListed;
    const isPreflight = request.method === 'OPTIONS';
    const isForeign = origin !== null && !mayUse(origin) && !isOwnOrigin(origin, url);
    // A browser shows the page no status of a preflight: what may not send finds out when it does.
    if (isForeign && !isPreflight) return refuse(BAD_ORIGIN);
    const response = await answered({
      request,
      url,
      key,
      rules: now,
      address: clientAddress(request.headers, info.address, now.trustProxy),
    });
    if (origin === null) return response;
    const cors = isForeign ? READABLE_HEADERS : corsHeaders(origin);
    const extra = isPreflight ? { ...cors, ...PREFLIGHT_HEADERS } : cors;
    for (const [name, value] of Object.entries(extra)) response.headers.set(name, value);
    return response;
  }

  function answered(asked: Asked): Promise<Response> | Response {
    const { method } = asked.request;
    if (method === 'POST') return post(asked);
    if (method === 'OPTIONS') {
      book.preflight();
      return new Response(null, { status: 204, headers: ALLOW });
    }
    return refuse({ reason: 'bad-method', message: 'messages are sent with POST', headers: ALLOW });
  }

  return {
    async fetch(request, info = {}) {
      book.begin();
      const response = respond(request, info);
      underWay.add(response);
      try {
        return await response;
      } finally {
        underWay.delete(response);
      }
    },
    refuse(reason, message) {
      book.begin();
      return refuse({ reason, message });
    },
    stats: book.stats,
    reload(next) {
      rules = resolveRules(next);
    },
    close() {
      closing ??= Promise.allSettled(underWay).then(() => outlet.close());
      return closing;
    },
  };
}

const BAD_ENCODING: Refused = {
  reason: 'bad-encoding',
  message: 'the encoding that the query or a header names must be gzip or identity, or absent',
};

const BAD_ORIGIN: Refused = {
  reason: 'bad-origin',
  message: 'pages of this origin may not send here; add it to origins',
};

const TOO_MANY_LINES: Refused = {
  reason: 'too-many-lines',
  message: `a body may have ${MAX_BODY_LINES} lines; send smaller batches`,
};

const ALLOW = { allow: 'POST, OPTIONS' };

function openOutlet(options: RelayOptions, clock: Clock, warn: (text: string) => void): Outlet {
  if (options.deliver !== undefined) return directOutlet(options.deliver, clock);
  return forwardingOutlet(createForwarder(options, clock, warn), clock);
}

const encodingOf = (request: Request, url: URL): string =>
  url.searchParams.get('encoding') ?? request.headers.get('content-encoding') ?? 'identity';

/** Hosts are compared, not schemes: behind a proxy that ends TLS the page's is https and ours is http. */
const isOwnOrigin = (origin: string, { host }: URL): boolean => URL.canParse(origin) && new URL(origin).host === host;

const badKey = (id: string | null): Refused => ({
  reason: 'bad-key',
  message: id === null ? 'a key is needed: …/v1/messages?key=<id>' : 'the key in the query is none for pages',
});

function bodyFault(reason: BodyFault, { limits: { maxBodyBytes, bodyTimeoutMs } }: Rules): Refused {
  switch (reason) {
    case 'too-large':
      return { reason, message: `a body may have ${maxBodyBytes} bytes, decompressed too; send smaller batches` };
    case 'too-slow':
      return { reason, message: `a body must arrive within ${bodyTimeoutMs / 1_000} s; send smaller batches` };
    case 'busy':
      return { reason, message: 'too many bodies are under way; try again' };
    case 'bad-gzip':
      return { reason, message: 'the body is not gzip, though encoding=gzip says so' };
    case 'cut-off':
      return { reason, message: 'the body ended before it was complete, or was read before it came to the relay' };
  }
}
