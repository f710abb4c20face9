// @vitest-environment happy-dom
import { expect, it, onTestFinished, vi } from 'vitest';
import { vitals } from '../../src/browser/captures/vitals.ts';
import { captured, hidePage, replace } from './support/captured.ts';
import { installFakeObserver } from './support/fake-observer.ts';

// The library itself, over entries that the test makes up. It listens for as long as its page lives, so there is one test a page.

it('sends each vital as the page is hidden, before a client that listens on the document ships, and none once it is ended', async () => {
  vi.useFakeTimers(); // the library's own
  onTestFinished(() => void vi.useRealTimers());
  const observer = installFakeObserver(['paint', 'largest-contentful-paint', 'layout-shift', 'event', 'first-input']);
  class EventTiming {
    readonly interactionId = 0;
  }
  Object.defineProperty(EventTiming.prototype, 'interactionId', { value: 0 });
  vi.stubGlobal('PerformanceEventTiming', EventTiming);
  const navigationEntry = { type: 'navigate', responseStart: 120, activationStart: 0 };
  replace(performance, 'now', () => 5_000);
  replace(performance, 'getEntriesByType', (type: string) =>
    type === 'navigation' ? [navigationEntry as unknown as PerformanceNavigationTiming] : [],
  );
  replace(document, 'readyState', 'complete');

  const test = captured([vitals()]);
  const shippedNames: unknown[] = [];
  const ship = (): void => void shippedNames.push(...test.messages().map(({ metadata }) => metadata['name']));
  document.addEventListener('visibilitychange', ship);
  onTestFinished(() => document.removeEventListener('visibilitychange', ship));

  await vi.runAllTimersAsync();
  observer.deliver('paint', [{ name: 'first-contentful-paint', startTime: 800 }]);
  await vi.runAllTimersAsync();
  observer.deliver('largest-contentful-paint', [{ startTime: 1_500.5 }]);
  observer.deliver('layout-shift', [{ value: 0.25, startTime: 900, hadRecentInput: false }]);
  const interaction = { name: 'click', entryType: 'event', interactionId: 7, startTime: 2_000, target: null };
  observer.deliver('event', [{ ...interaction, duration: 120 }]);
  await vi.runAllTimersAsync();
  observer.deliver('event', [{ ...interaction, interactionId: 14, duration: 240 }]);
  await test.platform.settle(); // not until it is idle
  hidePage();

  expect(shippedNames.sort()).toEqual([
    'web-vitals.cls',
    'web-vitals.fcp',
    'web-vitals.inp',
    'web-vitals.lcp',
    'web-vitals.ttfb',
  ]);
  const said = test.messages().map(({ type, payload, metadata: { name, rating, navigation } }) => ({
    type,
    payload,
    name,
    rating,
    navigation,
  }));
  const navigation = 'navigate';
  expect(said).toEqual(
    expect.arrayContaining([
      { type: 'timer', payload: '120', name: 'web-vitals.ttfb', rating: 'good', navigation },
      { type: 'timer', payload: '800', name: 'web-vitals.fcp', rating: 'good', navigation },
      { type: 'timer', payload: '1500.5', name: 'web-vitals.lcp', rating: 'good', navigation },
      { type: 'timer', payload: '240', name: 'web-vitals.inp', rating: 'needs-improvement', navigation },
      { type: 'gauge', payload: '0.25', name: 'web-vitals.cls', rating: 'needs-improvement', navigation },
    ]),
  );
  for (const { metadata } of test.messages()) expect(metadata['id']).toMatch(/^v5-/);

  const count = test.messages().length;
  await test.metlog.close();
  observer.deliver('layout-shift', [{ value: 0.5, startTime: 9_000, hadRecentInput: false }]);
  hidePage();
  expect(test.messages()).toHaveLength(count);
  expect(test.metlog.stats.dropped).toEqual({});
});
