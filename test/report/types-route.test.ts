import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { typesAnswer } from '../../src/report/api/types.ts';
import { typesRoute } from '../../src/report/routes/types.ts';
import { openStore } from '../../src/store/query.ts';
import { openTypeKeeper } from '../../src/store/types/type-keeper.ts';
import { createManualClock } from './manual-clock.ts';
import { createMemoryRouter } from './memory-router.ts';
import { aMessage, archive, tempDataDir } from './temp-archive.ts';

it('GET /api/types lists the registered types, and counts in its window what did not fit', async () => {
  const dataDir = await tempDataDir();
  const schema = { properties: { total: { type: 'number' } } };
  const dir = await archive(dataDir, [
    aMessage({
      type: 'metlog.schema',
      timestamp: '2026-11-22T10:44:00.000Z',
      metadata: { type: 'order.placed', schema },
    }),
    aMessage({ type: 'metlog.schema', metadata: { type: 'log', schema } }),
    aMessage({ type: 'order.placed', metadata: { total: 12.5 } }),
    aMessage({ type: 'order.placed', metadata: { total: 'a lot' } }),
  ]);
  const keeper = await openTypeKeeper(
    dir,
    { retentionDays: 30 },
    { now: Date.now, onTrouble: (text) => expect.unreachable(text) },
  );
  await keeper.take(join(dataDir, 'segment.ndjson'));
  const store = await openStore(dir);
  onTestFinished(() => store.close());
  const ports = {
    store,
    router: createMemoryRouter(),
    relay: { stats: () => expect.unreachable() },
    clock: createManualClock(),
  };
  const ask = async (query: string): Promise<unknown> =>
    (await typesRoute.respond(new Request(`http://127.0.0.1/api/types?${query}`), {}, ports)).json();

  const answer = await ask('from=2026-01-01&to=2100-01-01');
  expect(typesAnswer.parse(answer)).toEqual(answer);
  expect(answer).toEqual({
    types: [
      {
        type: 'order.placed',
        view: 'order_placed',
        by: 'senders',
        announced: '2026-11-22T10:44:00.000Z',
        columns: [{ name: 'total', key: 'total', kind: 'number', castToNull: 1 }],
        messageCount: 2,
        castToNullCount: 1,
      },
    ],
    refused: [{ type: 'log', reason: 'built-in', count: 1 }],
  });
  expect(await ask('from=2026-01-01&to=2026-01-02')).toMatchObject({
    types: [{ messageCount: 0, castToNullCount: 0 }],
  });
  expect(await ask('from=2026-01-01&to=2100-01-01&logger=other')).toMatchObject({ types: [{ messageCount: 0 }] });
  expect(await ask('from=5&to=5')).toMatchObject({ code: 'bad-request' });
});
