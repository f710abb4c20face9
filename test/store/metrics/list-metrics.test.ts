import { expect, it, onTestFinished } from 'vitest';
import { listMetrics } from '../../../src/store/metrics/list-metrics.ts';
import { openStore, type Store } from '../../../src/store/query.ts';
import { createArchiveWriter } from '../../../src/store/segment-to-parquet.ts';
import { DAY, header, line, segment, tempDir } from '../journal-text.ts';

const HOUR_MS = 3_600_000;
const TO_MS = Date.parse(`${DAY}T11:00:00Z`);
const HOUR = { fromMs: TO_MS - HOUR_MS, toMs: TO_MS, logger: undefined };

async function storeOf(lines: readonly string[]): Promise<Store> {
  const dir = await tempDir();
  const writer = await createArchiveWriter(dir);
  await writer.write(await segment(dir, 0, lines));
  await writer.close();
  const store = await openStore(dir);
  onTestFinished(() => store.close());
  return store;
}

it('lists names with what was counted, corrected for sampling, and when', async () => {
  const store = await storeOf([
    header({ received: `${DAY}T10:00:30.000Z` }),
    line({ payload: '2', metadata: { name: 'hits', rate: 0.1 } }),
    line({ type: 'timer', payload: '12', metadata: { name: 'Auth', rate: 0.5 } }),
    line({ type: 'gauge', payload: '99', metadata: { name: 'depth' } }),
    line({ type: 'gauge', payload: 'deep', metadata: { name: 'words' } }),
    line({ type: 'log', metadata: { name: 'hits' } }),
    header({ received: `${DAY}T11:00:00.000Z`, logger: 'web' }),
    line({ payload: '3', metadata: { name: 'hits' } }),
    header({ received: `${DAY}T11:00:00.001Z` }),
    line({ payload: '1000', metadata: { name: 'hits' } }),
  ]);
  const { metrics, totalCount, times, bucketMs } = await listMetrics(store, HOUR);
  expect(totalCount).toBe(3);
  expect(metrics.map(({ kind, name, count, loggerCount }) => [kind, name, count, loggerCount])).toEqual([
    ['counter', 'hits', 23, 2],
    ['timer', 'Auth', 2, 1],
    ['gauge', 'depth', 1, 1],
  ]);
  expect(times.length * bucketMs).toBe(HOUR_MS);
  expect([metrics[0]?.spark[0], metrics[0]?.spark.at(-1)]).toEqual([20, 3]);
  expect((await listMetrics(store, HOUR, 'aUT')).metrics.map(({ name }) => name)).toEqual(['Auth']);
  expect((await listMetrics(store, { ...HOUR, logger: 'web' })).metrics).toMatchObject([{ name: 'hits', count: 3 }]);
  expect((await listMetrics(store, HOUR, '%')).metrics).toEqual([]);
});

it('lists the 500 highest of ten thousand names, says how many there are, and leaves out a name that is a book', async () => {
  const store = await storeOf([
    header({ received: `${DAY}T10:30:00.000Z` }),
    ...Array.from({ length: 10_000 }, (_, index) => line({ payload: String(index), metadata: { name: `n${index}` } })),
    line({ payload: '1e9', metadata: { name: 'x'.repeat(100_000) } }),
  ]);
  const { metrics, totalCount } = await listMetrics(store, HOUR);
  expect(metrics.length).toBe(500);
  expect(totalCount).toBe(10_000);
  expect(metrics[0]).toMatchObject({ name: 'n9999', count: 9_999 });
});

it('counts a week by hours, to the second at both ends', async () => {
  const week = { fromMs: TO_MS - 168 * HOUR_MS + 90_000, toMs: TO_MS - 90_000, logger: undefined };
  const at = (ms: number, count: number): string[] => [
    header({ received: new Date(ms).toISOString() }),
    line({ payload: String(count), metadata: { name: 'hits', rate: 0.5 } }),
  ];
  const store = await storeOf([
    ...at(week.fromMs, 1),
    ...at(week.fromMs + 1, 10),
    ...at(week.fromMs + 5 * HOUR_MS, 100),
    ...at(TO_MS - HOUR_MS, 1_000),
    ...at(week.toMs, 10_000),
    ...at(week.toMs + 1, 100_000),
  ]);
  const { metrics, bucketMs } = await listMetrics(store, week);
  expect(bucketMs).toBeGreaterThan(HOUR_MS);
  expect(metrics).toMatchObject([{ name: 'hits', count: 22_220, loggerCount: 1 }]);
  expect(metrics[0]?.spark.reduce((sum, count) => sum + count, 0)).toBe(22_220);
});
