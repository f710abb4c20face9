import { onTestFinished } from 'vitest';
import type { Capture } from '../../../src/core/capture.ts';
import type { MetlogOptions } from '../../../src/core/options.ts';
import { createTestMetlog, type TestMetlog } from '../../../src/testing/test-metlog.ts';

/** A client that records by `capture` until the test is over. */
export function captured(capture: readonly Capture[], options: MetlogOptions = {}): TestMetlog {
  const test = createTestMetlog({ logger: 'shop', ...options, capture });
  onTestFinished(() => test.metlog.close());
  return test;
}

/** Sets a property of a host object for the length of a test. */
export function replace<T extends object, K extends keyof T>(target: T, key: K, value: T[K]): void {
  const before = Object.getOwnPropertyDescriptor(target, key);
  Object.defineProperty(target, key, { value, configurable: true, writable: true });
  onTestFinished(() => {
    if (before) Object.defineProperty(target, key, before);
    else Reflect.deleteProperty(target, key);
  });
}

/** The page goes out of sight, as when it is left. */
export function hidePage(): void {
  replace(document, 'visibilityState', 'hidden');
  const event = new Event('visibilitychange', { bubbles: true });
  Object.defineProperty(event, 'isTrusted', { value: true }); // as the browser's own
  document.dispatchEvent(event);
}
