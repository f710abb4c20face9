import { describe, expect, it } from 'vitest';
import { ratesOf, stacked } from '../../../src/report/ui/rates.ts';

const HOUR_MS = 3_600_000;

describe('ratesOf', () => {
  const buckets = { firstMs: 0, stepMs: 10_000, fromMs: 0, toMs: 30_000, nowMs: 90_000 };

  it('divides what a bucket holds by its seconds', () => {
    expect(ratesOf([10, 0, 25], buckets)).toEqual([1, 0, 2.5]);
  });

  it('takes what lies in the window of the first and the last, and half a bucket at least', () => {
    expect(ratesOf([8, 10, 8], { ...buckets, fromMs: 2_000, toMs: 28_000 })).toEqual([1, 1, 1]);
    expect(ratesOf([0, 0, 2], { ...buckets, toMs: 20_001 })).toEqual([0, 0, 0.4]);
  });

  it('has none of a bucket that is not over, or of which the archive may not have all yet', () => {
    expect(ratesOf([10, 10, 1], { ...buckets, toMs: 21_200, nowMs: 21_200 })).toEqual([1, null, null]);
    expect(ratesOf([10, 10, 1], { ...buckets, toMs: 21_200, nowMs: 23_000 })).toEqual([1, 1, null]);
    expect(ratesOf([10, 10, 10], { ...buckets, nowMs: 33_000 })).toEqual([1, 1, 1]);
    expect(ratesOf([10, 10, 5], { ...buckets, toMs: 25_000, nowMs: 28_000 })).toEqual([1, 1, 1]);
  });

  it('has that of a bucket that goes on once half of it is archived, so that what has begun is soon seen', () => {
    const halfMinutes = { firstMs: 0, stepMs: 30_000, fromMs: 0 };
    const at = (nowMs: number) => ({ ...halfMinutes, toMs: nowMs, nowMs });
    expect(ratesOf([30, 15], at(47_000))).toEqual([1, null]);
    expect(ratesOf([30, 15], at(48_000))).toEqual([1, 1]);
    expect(ratesOf([30, 20], at(53_000))).toEqual([1, 1]);
  });

  it('takes the time of a wide bucket that there was, once it is a minute', () => {
    const hours = { firstMs: 0, stepMs: HOUR_MS, fromMs: 0 };
    const at = (afterMs: number) => ({ ...hours, toMs: HOUR_MS + afterMs, nowMs: HOUR_MS + afterMs });
    expect(ratesOf([3_600, 60], at(62_999))).toEqual([1, null]);
    expect(ratesOf([3_600, 60], at(63_000))).toEqual([1, 1]);
    expect(ratesOf([3_600, 600], at(603_000))).toEqual([1, 1]);
  });
});

it('stacks series on each other', () => {
  expect(stacked([[1, 2], [10, 0], [5, 5]])).toEqual([[1, 2], [11, 2], [16, 7]]); // prettier-ignore
  expect(stacked([[1, 2, null], [10, 0, null]])).toEqual([[1, 2], [11, 2]]); // prettier-ignore
  expect(stacked([])).toEqual([]);
});
