import { onTestFinished } from 'vitest';
import { createRelay } from '../../src/relay/relay.ts';
import type { AccessOptions } from '../../src/report/access.ts';
import { createReport } from '../../src/report/report.ts';
import type { QueryResult, Store } from '../../src/store/query.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createMemoryRouter } from './memory-router.ts';

export const TOKEN = 'correct-horse-battery';
export const HERE = 'http://127.0.0.1:5566';

export interface Asking {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Who asks. */
  readonly from?: string;
}

export interface SignedReport {
  readonly clock: ManualClock;
  /** Messages that the relay took. */
  readonly bodies: readonly string[];
  ask(path: string, asking?: Asking): Promise<Response>;
  /** Posts the form of `/login`. */
  enter(token: string, asking?: Asking): Promise<Response>;
  /** A cookie of who has signed in. */
  signIn(asking?: Asking): Promise<string>;
}

/** A report that asks for `TOKEN`, over a store and a router that have nothing. The address of whoever asks is what the test says it is. */
export function signedReport(access: AccessOptions = {}, hosts: readonly string[] = []): SignedReport {
  const clock = createManualClock();
  const bodies: string[] = [];
  const relay = createRelay({
    deliver: async (body) => {
      bodies.push(new TextDecoder().decode(body));
      return { accepted: 1, duplicates: 0, refused: [] };
    },
  });
  const report = createReport({
    store: emptyStore,
    router: createMemoryRouter(),
    relay,
    script: async (request) => (/\/metlog(\.stub)?\.js$/.test(request.url) ? new Response('script') : null),
    clock,
    uiDir: 'src/report/ui',
    hosts: () => hosts,
    access: {
      token: TOKEN,
      visitor: (request, { address = 'nobody' }) => ({
        name: address,
        isHttps: request.headers.get('x-forwarded-proto') === 'https',
      }),
      ...access,
    },
    onError: (error) => {
      throw error;
    },
  });
  onTestFinished(() => report.close());

  const ask: SignedReport['ask'] = (path, { method = 'GET', headers = {}, body, from = '192.0.2.1' } = {}) =>
    report.fetch(new Request(HERE + path, { method, headers, ...(body !== undefined && { body }) }), {
      address: from,
    });
  const enter: SignedReport['enter'] = (token, asking = {}) =>
    ask('/login', {
      method: 'POST',
      body: new URLSearchParams({ username: 'metlog', token }).toString(),
      ...asking,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...asking.headers },
    });
  return {
    clock,
    bodies,
    ask,
    enter,
    async signIn(asking) {
      const response = await enter(TOKEN, asking);
      return cookieOf(response);
    },
  };
}

/** What the browser sends back of Set-Cookie. */
export const cookieOf = (response: Response): string => response.headers.get('set-cookie')?.split(';', 1)[0] ?? '';

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

const NOTHING: QueryResult = { columns: [], rows: [], truncated: false, elapsedMs: 0 };

const emptyStore: Store = {
  query: async () => NOTHING,
  select: async () => NOTHING,
  files: async () => [],
  wordedFiles: async () => [],
  types: async () => ({ types: [], refused: [] }),
  close: async () => undefined,
};
