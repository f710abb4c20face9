import { expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/store/query.ts';
import { createArchiveWriter } from '../../src/store/segment-to-parquet.ts';
import { summarise } from '../../src/store/summarise.ts';
import { DAY, header, line, segment, tempDir } from './journal-text.ts';

it('summarises an empty archive as nothing', async () => {
  const store = await openStore(await tempDir());
  onTestFinished(() => store.close());
  expect(await summarise(store, { now: Date.parse(`${DAY}T11:00:00.000Z`) })).toEqual({
    window: { from: `${DAY}T10:00:00.000Z`, to: `${DAY}T11:00:00.000Z` },
    messageCount: 0, byType: [], byLogger: [], bySeverity: [], perMinute: [], counters: [], timers: [], exceptions: [],
    newestReceived: null, fileCount: 0, bytes: 0,
  }); // prettier-ignore
});

it('counts the window by type, logger, severity and minute, and corrects for sampling', async () => {
  const dir = await tempDir();
  const writer = await createArchiveWriter(dir);
  const store = await openStore(dir);
  onTestFinished(() => Promise.all([writer.close(), store.close()]).then(() => undefined));
  const exception = { type: 'TypeError', value: 'no', fingerprint: 'f' };
  const { path } = await writer.write(
    await segment(dir, 0, [
      header({ received: `${DAY}T09:59:00.000Z` }),
      line({ payload: '1000' }),
      header({ received: `${DAY}T10:30:10.000Z` }),
      line({ payload: '2', metadata: { name: 'hits', rate: 0.5 } }),
      line({ payload: '3', metadata: { name: 'hits', rate: 0 } }),
      header({ logger: 'web', received: `${DAY}T10:31:00.000Z` }),
      ...[10, 20, 30].map((ms) => line({ type: 'timer', payload: String(ms), metadata: { name: 'auth', rate: 0.1 } })),
      line({ type: 'exception', severity: 3, payload: 'at x', metadata: { exception } }),
    ]),
  );
  expect(path).toContain(dir);
  const summary = await summarise(store, { now: Date.parse(`${DAY}T11:00:00.000Z`) });
  expect(summary).toMatchObject({
    messageCount: 6,
    byType: [{ type: 'timer', count: 3 }, { type: 'counter', count: 2 }, { type: 'exception', count: 1 }],
    byLogger: [{ logger: 'web', count: 4 }, { logger: 'shop', count: 2 }],
    bySeverity: [{ severity: 3, count: 1 }, { severity: 6, count: 5 }],
    perMinute: [{ minute: `${DAY}T10:30:00.000Z`, count: 2 }, { minute: `${DAY}T10:31:00.000Z`, count: 4 }],
    counters: [{ name: 'hits', logger: 'shop', sum: 7 }],
    timers: [{ name: 'auth', logger: 'web', count: 30, p50: 20 }],
    exceptions: [{ timestamp: `${DAY}T10:44:00.123Z`, logger: 'web', errorType: 'TypeError', errorValue: 'no', fingerprint: 'f' }],
    newestReceived: `${DAY}T10:31:00.000Z`,
    fileCount: 1,
  }); // prettier-ignore
  expect(summary.bytes).toBeGreaterThan(1000);
  expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
});
