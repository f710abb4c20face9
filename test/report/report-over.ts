import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Message } from '../../src/core/schema.ts';
import { createRelay } from '../../src/relay/relay.ts';
import { createReport, type Report, type ReportOptions } from '../../src/report/report.ts';
import { openStore, type Store } from '../../src/store/query.ts';
import { createManualClock } from './manual-clock.ts';
import { createMemoryRouter, type MemoryRouter } from './memory-router.ts';
import { archive, tempDataDir } from './temp-archive.ts';

export const HERE = 'http://127.0.0.1:5566';

/** A report, and what reached and left it. */
export interface Harness {
  readonly report: Report;
  readonly router: MemoryRouter;
  readonly bodies: string[];
  readonly errors: unknown[];
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  ask(body: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** A report over an archive of these messages. It is closed with the test. */
export async function reportOver(
  messages: readonly Message[] = [],
  options: Partial<ReportOptions> = {},
): Promise<Harness> {
  const store = options.store ?? (await realStore(messages));
  const router = createMemoryRouter();
  const bodies: string[] = [];
  const errors: unknown[] = [];
  const relay = createRelay({
    deliver: async (body) => {
      bodies.push(new TextDecoder().decode(body));
      return { accepted: 1, duplicates: 0, refused: [] };
    },
  });
  const report = createReport({
    store,
    router,
    relay,
    script: async (request) => (request.url.endsWith('/metlog.js') ? new Response('script') : null),
    clock: createManualClock(),
    uiDir: 'src/report/ui',
    onError: (error) => errors.push(error),
    ...options,
  });
  onTestFinished(() => report.close());
  return {
    report,
    router,
    bodies,
    errors,
    get: (path, headers = {}) => report.fetch(new Request(HERE + path, { headers })),
    ask: (body, headers = { 'content-type': 'application/json' }) =>
      report.fetch(
        new Request(`${HERE}/api/query`, {
          method: 'POST',
          headers,
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      ),
  };
}

/** A store over an archive of these messages. It is closed with the test. */
export async function realStore(messages: readonly Message[]): Promise<Store> {
  const dataDir = await tempDataDir();
  if (messages.length > 0) await archive(dataDir, messages);
  const store = await openStore(join(dataDir, 'archive'), { threads: 1 });
  onTestFinished(() => store.close());
  return store;
}
