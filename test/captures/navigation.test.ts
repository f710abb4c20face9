// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { navigation } from '../../src/browser/captures/navigation.ts';
import type { Problem } from '../../src/core/books.ts';
import { captured, replace } from './support/captured.ts';
import type { TestMetlog } from '../../src/testing/test-metlog.ts';

beforeEach(() => {
  history.replaceState(null, '', '/users/42?q=secret#secret');
});

const views = (test: TestMetlog): unknown[] =>
  test
    .messages()
    .filter(({ metadata }) => metadata['name'] === 'page.view')
    .map(({ metadata: { page, from } }) => ({ page, from }));

const loads = (test: TestMetlog) => test.messages().filter(({ metadata }) => metadata['name'] === 'page.load');

/** The browser has finished loading the page in so many milliseconds. */
function loadedIn(loadEventEnd: number): void {
  const entry = { loadEventEnd, responseStart: 50, domContentLoadedEventEnd: 700, type: 'reload' };
  replace(performance, 'getEntriesByType', (type: string) =>
    type === 'navigation' ? [entry as unknown as PerformanceNavigationTiming] : [],
  );
}

describe('navigation', () => {
  it('times the load of the page from its start, once the load event is over', () => {
    loadedIn(1_234.5);
    replace(performance, 'now', () => 2_000);
    replace(document, 'readyState', 'interactive');
    const test = captured([navigation()]);
    test.platform.advance(1_000);
    expect(loads(test)).toEqual([]);
    dispatchEvent(new Event('load'));
    expect(loads(test)).toEqual([]);
    test.platform.advance(0);
    expect(loads(test)).toMatchObject([
      {
        type: 'timer',
        timestamp: '2025-12-31T23:59:59.000Z',
        payload: '1234.5',
        metadata: { page: '/users/:id', navigation: 'reload', responseStart: 50, domContentLoaded: 700 },
      },
    ]);
  });

  it('times the load of a page that was complete before the client was there', () => {
    loadedIn(900);
    replace(document, 'readyState', 'complete');
    const test = captured([navigation()]);
    test.platform.advance(0);
    expect(loads(test)).toMatchObject([{ payload: '900' }]);
  });

  it.each([
    ['where the browser has no such timing', () => replace(performance, 'getEntriesByType', () => [])],
    ['while it is not over', () => loadedIn(0)],
  ])('times nothing %s', (_, arrange) => {
    arrange();
    replace(document, 'readyState', 'complete');
    const test = captured([navigation()]);
    test.platform.advance(0);
    expect(loads(test)).toEqual([]);
  });

  it('counts the first page and each change of route, with the page before it', () => {
    const test = captured([navigation()]);
    history.pushState(null, '', '/orders/7/items');
    history.replaceState(null, '', '/cart');
    expect(views(test)).toEqual([
      { page: '/users/:id', from: undefined },
      { page: '/orders/:id/items', from: '/users/:id' },
      { page: '/cart', from: '/orders/:id/items' },
    ]);
  });

  it('counts a page of the same name but not another query or state of the same page', () => {
    const test = captured([navigation()]);
    history.pushState({ scroll: 1 }, '', '/users/42?q=2');
    history.pushState(null, '', '/users/42#part');
    history.pushState(null, '', '/users/43');
    expect(views(test)).toEqual([
      { page: '/users/:id', from: undefined },
      { page: '/users/:id', from: '/users/:id' },
    ]);
  });

  it('counts when the visitor goes back', () => {
    const test = captured([navigation()]);
    history.pushState(null, '', '/cart');
    History.prototype.replaceState.call(history, null, '', '/users/42'); // where the capture does not see it
    expect(views(test)).toHaveLength(2);
    dispatchEvent(new Event('popstate'));
    expect(views(test).at(-1)).toEqual({ page: '/users/:id', from: '/cart' });
  });

  it('puts the page into all that is said, until the client is closed', async () => {
    const test = captured([navigation()]);
    test.metlog.incr('a');
    history.pushState(null, '', '/cart');
    test.metlog.incr('b');
    const pageOf = (name: string) =>
      test.messages().find(({ metadata }) => metadata['name'] === name)?.metadata['page'];
    expect([pageOf('a'), pageOf('b')]).toEqual(['/users/:id', '/cart']);
  });

  it('never says query or fragment', async () => {
    const test = captured([navigation()]);
    history.pushState(null, '', '/cart?q=secret#secret');
    test.platform.advance(0);
    await test.metlog.close();
    expect(test.transports.flatMap(({ datagrams }) => datagrams).join()).not.toContain('secret');
  });

  it('takes the name that it is given a function for', () => {
    const test = captured([navigation({ name: ({ hash }) => `route ${hash}` })]);
    history.pushState(null, '', '/users/42#/cart');
    expect(views(test)).toEqual([
      { page: 'route #secret', from: undefined },
      { page: 'route #/cart', from: 'route #secret' },
    ]);
  });

  it('takes the path, and tells, where that function throws', () => {
    const problems: Problem[] = [];
    const name = (): string => {
      throw new Error('no route');
    };
    const test = captured([navigation({ name })], { onError: (problem) => problems.push(problem) });
    expect(views(test)).toEqual([{ page: '/users/:id', from: undefined }]);
    expect(problems).toEqual([
      { reason: 'bad-setting', message: 'the name of a page could not be found: Error: no route' },
    ]);
  });

  it('leaves history as it found it when the client is closed', async () => {
    const before = [history.pushState, history.replaceState];
    const one = captured([navigation()]);
    const two = captured([navigation()]);
    await one.metlog.close();
    history.pushState(null, '', '/cart');
    expect([views(one).length, views(two).length]).toEqual([1, 2]);
    await two.metlog.close();
    expect([history.pushState, history.replaceState]).toEqual(before);
    expect(Object.keys(history)).not.toContain('pushState');
    dispatchEvent(new Event('popstate'));
    expect(views(two)).toHaveLength(2);
  });

  it('is silent afterwards where somebody has wrapped history again, and leaves that in place', async () => {
    const test = captured([navigation()]);
    const ours = history.pushState;
    const theirs: typeof ours = (...args) => ours.apply(history, args);
    history.pushState = theirs;
    onTestFinished(() => void Reflect.deleteProperty(history, 'pushState'));
    await test.metlog.close();
    expect(history.pushState).toBe(theirs);
    history.pushState(null, '', '/cart');
    expect(location.pathname).toBe('/cart');
    expect(test.metlog.stats.dropped).toEqual({});
  });

  it('listens to the Navigation API where there is one, and leaves history alone', async () => {
    const target = new EventTarget();
    vi.stubGlobal('navigation', target);
    onTestFinished(() => void vi.unstubAllGlobals());
    const before = history.pushState;
    const test = captured([navigation()]);
    expect(history.pushState).toBe(before);
    history.pushState(null, '', '/cart');
    target.dispatchEvent(new Event('currententrychange'));
    expect(views(test).at(-1)).toEqual({ page: '/cart', from: '/users/:id' });
    await test.metlog.close();
    target.dispatchEvent(new Event('currententrychange'));
    expect(test.metlog.stats.dropped).toEqual({});
  });
});
