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

it('interrupts when who asked gives up, also before the query began, and listens no more once released', () => {
  for (const isEarly of [true, false]) {
    const interrupt = vi.fn();
    const given = new AbortController();
    if (isEarly) given.abort();
    const { reason, release } = guard({ interrupt }, { ...LIMITS, signal: given.signal }, () => 0);
    given.abort();
    expect(reason()).toMatchObject({ code: 'aborted', message: 'the query was interrupted' });
    vi.advanceTimersByTime(100);
    expect(interrupt).toHaveBeenCalledTimes(3);
    release();
  }
  const interrupt = vi.fn();
  const late = new AbortController();
  guard({ interrupt }, { ...LIMITS, signal: late.signal }, () => 0).release();
  late.abort();
  expect(interrupt).not.toHaveBeenCalled();
});
