import { expect, it } from 'vitest';
import { bucketStep } from '../../src/store/bucket-step.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

it.each([
  ['a second', 1_000, 1_000],
  ['15 minutes', 15 * MINUTE_MS, 10_000],
  ['an hour', 60 * MINUTE_MS, 30_000],
  ['a day', DAY_MS, 15 * MINUTE_MS],
  ['30 days', 30 * DAY_MS, 6 * 60 * MINUTE_MS],
  ['ten years', 3_650 * DAY_MS, 31 * DAY_MS],
])('covers %s with at most 120 buckets of a width that is easily read', (_, windowMs, stepMs) => {
  expect(bucketStep(windowMs, 120)).toBe(stepMs);
  expect(windowMs / stepMs).toBeLessThanOrEqual(120);
});
