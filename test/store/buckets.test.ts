import { expect, it } from 'vitest';
import { bucketsOf } from '../../src/store/buckets.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.parse('2026-11-22T10:44:07.123Z');

it.each([
  ['15 minutes', HOUR_MS / 4, 5_000],
  ['an hour', HOUR_MS, 30_000],
  ['a day', 24 * HOUR_MS, 600_000],
  ['a week', 168 * HOUR_MS, HOUR_MS],
  ['30 days', 720 * HOUR_MS, 6 * HOUR_MS],
  ['ten years', 87_600 * HOUR_MS, 19 * 24 * HOUR_MS],
])('cuts %s into about 200 buckets that begin where a clock’s hands do', (_, lengthMs, widthMs) => {
  const buckets = bucketsOf(NOW_MS - lengthMs, NOW_MS, 200);
  expect(buckets.widthMs).toBe(widthMs);
  expect(buckets.starts.length).toBeLessThanOrEqual(201);
  expect(buckets.starts[0]).toBeLessThanOrEqual(NOW_MS - lengthMs);
  expect((buckets.starts.at(-1) ?? 0) + widthMs).toBeGreaterThanOrEqual(NOW_MS);
  expect(buckets.starts.every((start) => start % widthMs === 0)).toBe(true);
});

it('has no bucket after a window that ends where one does', () => {
  expect(bucketsOf(0, 4_000, 4).starts).toEqual([0, 1_000, 2_000, 3_000]);
});
