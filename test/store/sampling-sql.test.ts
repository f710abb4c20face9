import { expect, it } from 'vitest';
import { bucketsOf } from '../../src/store/buckets.ts';
import { listMetrics } from '../../src/store/metrics/list-metrics.ts';
import { measureMetrics } from '../../src/store/metrics/measure-metrics.ts';
import { DAY, header, line } from './journal-text.ts';
import { storeOf } from './store-of.ts';

it('has a sampled counter come to the same to the last digit, whatever counts it', async () => {
  const store = await storeOf([
    header({ received: `${DAY}T10:30:00.000Z` }),
    line({ payload: '17', metadata: { name: 'hits', rate: 0.7 } }),
  ]);
  const toMs = Date.parse(`${DAY}T11:00:00Z`);
  const hour = { fromMs: toMs - 3_600_000, toMs, logger: undefined };
  const sum = 17 / 0.7; // which 17 * (1 / 0.7) is not
  expect((await store.select('SELECT estimated FROM counters')).rows).toEqual([{ estimated: sum }]);
  expect((await store.select('SELECT estimated_sum FROM hours')).rows).toEqual([{ estimated_sum: sum }]);
  expect((await listMetrics(store, hour)).metrics).toMatchObject([{ count: sum }]);
  expect((await listMetrics(store, { ...hour, fromMs: toMs - 7 * 86_400_000 })).metrics).toMatchObject([
    { count: sum },
  ]);
  const [measured] = await measureMetrics(
    store,
    [{ kind: 'counter', name: 'hits' }],
    hour,
    bucketsOf(hour.fromMs, toMs, 60),
  );
  expect(measured?.whole?.count).toBe(sum);
});
