import { expect, it } from 'vitest';
import { createTokenBuckets } from '../../src/core/token-buckets.ts';
import { createManualPlatform } from '../../src/testing/index.ts';

it('keeps so many buckets and no more, and forgets the one that was asked the longest ago', () => {
  const clock = createManualPlatform();
  const buckets = createTokenBuckets(clock, 2);
  const rate = { ratePerSecond: 1, burst: 1 };
  const isTaken = (name: string): boolean => buckets.take(name, rate) === 0;
  expect([isTaken('a'), isTaken('b'), isTaken('a'), isTaken('b')]).toEqual([true, true, false, false]);
  expect(isTaken('c')).toBe(true); // a is forgotten
  expect([isTaken('b'), isTaken('a')]).toEqual([false, true]); // c is
});

it('says how long it takes until there is a token', () => {
  const clock = createManualPlatform();
  const buckets = createTokenBuckets(clock);
  const rate = { ratePerSecond: 4, burst: 1 };
  expect([buckets.take('a', rate), buckets.take('a', rate)]).toEqual([0, 250]);
  clock.advance(100);
  expect(buckets.take('a', rate)).toBeCloseTo(150);
  clock.advance(150);
  expect(buckets.take('a', rate)).toBe(0);
});

it('says the same without taking one', () => {
  const clock = createManualPlatform();
  const buckets = createTokenBuckets(clock);
  const rate = { ratePerSecond: 4, burst: 1 };
  expect([buckets.waitMs('a', rate), buckets.waitMs('a', rate), buckets.take('a', rate)]).toEqual([0, 0, 0]);
  expect([buckets.waitMs('a', rate), buckets.take('a', rate)]).toEqual([250, 250]);
  clock.advance(250);
  expect([buckets.waitMs('a', rate), buckets.take('a', rate)]).toEqual([0, 0]);
});
