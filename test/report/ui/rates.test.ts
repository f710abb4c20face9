import { describe, expect, it } from 'vitest';
import { ratesOf, stacked } from '../../../src/report/ui/rates.ts';

describe('ratesOf', () => {
  const buckets = { firstMs: 0, stepMs: 10_000, fromMs: 0, toMs: 30_000 };

  it('divides what a bucket holds by its seconds', () => {
    expect(ratesOf([10, 0, 25], buckets)).toEqual([1, 0, 2.5]);
  });

  it('takes what lies in the window of the first and the last, and half a bucket at least', () => {
    expect(ratesOf([8, 10, 8], { ...buckets, fromMs: 2_000, toMs: 28_000 })).toEqual([1, 1, 1]);
    expect(ratesOf([0, 0, 2], { ...buckets, toMs: 20_001 })).toEqual([0, 0, 0.4]);
  });
});

it('stacks series on each other', () => {
  expect(stacked([[1, 2], [10, 0], [5, 5]])).toEqual([[1, 2], [11, 2], [16, 7]]); // prettier-ignore
  expect(stacked([])).toEqual([]);
});
