import { describe, expect, it } from 'vitest';
import type { ApiRoute, ApiPorts } from '../../src/report/api-route.ts';
import { attentionRoute } from '../../src/report/routes/attention.ts';
import { lossRoute } from '../../src/report/routes/loss.ts';
import { overviewRoute } from '../../src/report/routes/overview.ts';
import { DAY, header, line } from '../store/journal-text.ts';
import { storeOf } from '../store/store-of.ts';
import { createManualClock } from './manual-clock.ts';
import { createMemoryRouter } from './memory-router.ts';
import { aPath, aRelayBook, aRow } from './some-books.ts';

const HOUR = `from=${DAY}T10:00:00Z&to=${DAY}T11:00:00Z`;

/** Asks a route over an archive with these lines, and holds the answer against what the route says of it. */
async function ask(route: ApiRoute, query: string, lines: readonly string[] = []): Promise<unknown> {
  const rows = [
    aRow({ logger: 'web', hourMs: Date.parse(`${DAY}T10:00:00Z`), received: 996, missing: 4, silent: 3 }),
    aRow({ logger: 'shop', hourMs: Date.parse(`${DAY}T09:00:00Z`), received: 10, missing: 10 }),
  ];
  const ports: ApiPorts = {
    store: await storeOf(lines),
    router: createMemoryRouter({}, aPath(rows)),
    relay: { stats: aRelayBook },
    clock: createManualClock(),
  };
  const response = await route.respond(new Request(`http://127.0.0.1${route.path}?${query}`), {}, ports);
  const body: unknown = await response.json();
  if (response.status === 200) expect(route.output.safeParse(body).error).toBe(undefined);
  return body;
}

describe('GET /api/overview', () => {
  it('counts a window, and says what the archive holds and where to send', async () => {
    const lines = [header({ received: `${DAY}T10:30:00.000Z` }), line(), line({ type: 'log', severity: 3 })];
    expect(await ask(overviewRoute, HOUR, lines)).toMatchObject({
      fromMs: Date.parse(`${DAY}T10:00:00Z`),
      toMs: Date.parse(`${DAY}T11:00:00Z`),
      stepMs: 30_000,
      messageCount: 2,
      byType: { groupCount: 2 },
      newestReceived: `${DAY}T10:30:00.000Z`,
      archive: { fileCount: 1, bytes: expect.any(Number) as number },
      dest: 'udp://127.0.0.1:5565',
    });
    expect(await ask(overviewRoute, `${HOUR}&logger=web`, lines)).toMatchObject({
      messageCount: 0,
      newestReceived: null,
    });
  });

  it('answers for an archive that holds nothing', async () => {
    expect(await ask(overviewRoute, HOUR)).toMatchObject({ messageCount: 0, archive: { fileCount: 0, bytes: 0 } });
  });
});

describe('GET /api/loss', () => {
  it('says what is missing in the hours of a window', async () => {
    expect(await ask(lossRoute, HOUR)).toMatchObject({
      text: '≥ 0.4 % missing (4 of 1,000), 3 senders ended silently',
      loggers: [{ logger: 'web', missing: 4 }],
    });
    expect(await ask(lossRoute, `${HOUR}&logger=shop`)).toMatchObject({ text: null, missing: 0, loggers: [] });
  });
});

describe('GET /api/attention', () => {
  it('takes a logger alone', async () => {
    expect(await ask(attentionRoute, 'logger=shop')).toMatchObject({ items: [], leftOut: 0 });
    expect(await ask(attentionRoute, HOUR)).toEqual({
      code: 'bad-request',
      error: 'there is no parameter "from", "to"',
    });
  });
});
