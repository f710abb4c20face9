import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { guard } from '../../src/store/guard.ts';

const LIMITS = { timeoutMs: 1_000, maxGrowthBytes: 500 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('interrupts at the deadline and from then on, until it is released', () => {
  const interrupt = vi.fn();
  const { reason, release } = guard({ interrupt }, LIMITS, () => 0);
  vi.advanceTimersByTime(999);
  expect(interrupt).not.toHaveBeenCalled();
  expect(reason()).toBeUndefined();
  vi.advanceTimersByTime(1);
  expect(interrupt).toHaveBeenCalledTimes(1);
  expect(reason()).toMatchObject({ code: 'timeout', message: 'the query was stopped after 1000 ms' });
  vi.advanceTimersByTime(100);
  expect(interrupt).toHaveBeenCalledTimes(3);
  release();
  vi.advanceTimersByTime(10_000);
  expect(interrupt).toHaveBeenCalledTimes(3);
});

it('interrupts within 100 ms once the process has grown too much, and says that it was the memory even past the deadline', () => {
  const interrupt = vi.fn();
  let rssBytes = 10_000;
  const { reason, release } = guard({ interrupt }, LIMITS, () => rssBytes);
  rssBytes += 500;
  vi.advanceTimersByTime(300);
  expect(reason()).toBeUndefined();
  rssBytes += 1;
  vi.advanceTimersByTime(100);
  expect(interrupt).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(2_000);
  expect(reason()).toMatchObject({ code: 'memory' });
  release();
});

it('does nothing to a query that was done in time', () => {
  const interrupt = vi.fn();
  const { reason, release } = guard({ interrupt }, LIMITS, () => 0);
  vi.advanceTimersByTime(500);
  release();
  vi.advanceTimersByTime(10_000);
  expect(interrupt).not.toHaveBeenCalled();
  expect(reason()).toBeUndefined();
});
