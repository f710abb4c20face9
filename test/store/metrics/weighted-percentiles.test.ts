import { expect, it, onTestFinished } from 'vitest';
import { bucketSql } from '../../../src/store/buckets.ts';
import { openStore } from '../../../src/store/query.ts';
import { createArchiveWriter } from '../../../src/store/segment-to-parquet.ts';
import { weightedPercentiles } from '../../../src/store/metrics/weighted-percentiles.ts';
import { DAY, header, line, segment, tempDir } from '../journal-text.ts';

it('stays within one per cent where there are too many values to sort them', async () => {
  const dir = await tempDir();
  const writer = await createArchiveWriter(dir);
  // 1 ms to 120,000 ms, the odd ones standing for two: p50 is where half of 180,000 calls are below.
  const lines = Array.from({ length: 120_000 }, (_, index) =>
    line({ type: 'timer', payload: String(index + 1), metadata: { name: 'auth', rate: index % 2 === 0 ? 0.5 : 1 } }),
  );
  await writer.write(await segment(dir, 0, [header(), ...lines]));
  await writer.close();
  const store = await openStore(dir);
  onTestFinished(() => store.close());
  const window = { fromMs: Date.parse(`${DAY}T10:00:00Z`), toMs: Date.parse(`${DAY}T11:00:00Z`), logger: undefined };
  const found = await weightedPercentiles(store, 'auth', window, bucketSql(3_600_000));
  expect([...found.keys()].sort()).toEqual([window.fromMs, null].sort());
  for (const { p50, p95, p99 } of found.values()) {
    expect(Math.abs(p50 / 60_000 - 1)).toBeLessThan(0.01);
    expect(Math.abs(p95 / 114_000 - 1)).toBeLessThan(0.01);
    expect(Math.abs(p99 / 118_800 - 1)).toBeLessThan(0.01);
  }
});
