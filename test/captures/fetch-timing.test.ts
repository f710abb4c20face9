// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { fetchTiming, type FetchTimingOptions } from '../../src/browser/captures/fetch-timing.ts';
import type { Problem } from '../../src/core/books.ts';
import { captured, hidePage, replace } from './support/captured.ts';
import { installFakeObserver, type FakeObserver } from './support/fake-observer.ts';
import { createTestMetlog, type TestMetlog } from '../../src/testing/test-metlog.ts';

const request = (name: string, more: object = {}): object => ({
  name,
  initiatorType: 'fetch',
  startTime: 1_000,
  duration: 12.25,
  responseStatus: 200,
  transferSize: 900,
  encodedBodySize: 600,
  ...more,
});

function setUp(options?: FetchTimingOptions, onError?: (problem: Problem) => void): TestMetlog & FakeObserver {
  const observer = installFakeObserver(['resource']);
  return { ...captured([fetchTiming(options)], { onError }), ...observer };
}

const names = (test: TestMetlog): unknown[] => test.messages().map(({ metadata }) => metadata['name']);

describe('fetchTiming', () => {
  it('times a request by host and path, from its start, with what the browser tells', () => {
    replace(performance, 'now', () => 3_000);
    const test = setUp();
    test.deliver('resource', [request('https://api.shop.example/users/42/cart?token=secret#secret')]);
    expect(test.messages()).toMatchObject([
      {
        type: 'timer',
        timestamp: '2025-12-31T23:59:58.000Z',
        payload: '12.25',
        metadata: {
          name: 'api.shop.example/users/:id/cart',
          initiator: 'fetch',
          status: 200,
          transferBytes: 900,
          bodyBytes: 600,
        },
      },
    ]);
    expect(test.transports[0]?.datagrams.join()).not.toContain('secret');
  });

  it('leaves out what another origin does not let the browser tell', () => {
    const test = setUp();
    test.deliver('resource', [
      request('https://other.example/', { responseStatus: 0, transferSize: 0, encodedBodySize: 0 }),
      request('https://other.example/', {
        responseStatus: undefined,
        transferSize: undefined,
        encodedBodySize: undefined,
      }),
    ]);
    for (const { metadata } of test.messages())
      expect(metadata).toEqual({ name: 'other.example', rate: 1, initiator: 'fetch' });
  });

  it('times fetch and XMLHttpRequest, or the kinds that it is told', () => {
    const entries = ['fetch', 'xmlhttprequest', 'img', 'script', 'beacon'].map((initiatorType) =>
      request(`https://shop.example/${initiatorType}`, { initiatorType }),
    );
    const usual = setUp();
    usual.deliver('resource', entries);
    expect(names(usual)).toEqual(['shop.example/fetch', 'shop.example/xmlhttprequest']);
    const told = setUp({ types: ['img'] });
    told.deliver('resource', entries);
    expect(names(told)).toEqual(['shop.example/img']);
  });

  it("leaves out the SDK's own requests, and what is no request over HTTP", () => {
    const observer = installFakeObserver(['resource']);
    const test = createTestMetlog();
    const end = fetchTiming().start({
      metlog: test.metlog,
      clock: test.platform,
      isOwnRequest: (url) => url.startsWith('https://shop.example/v1/messages'),
      tell: () => undefined,
    });
    observer.deliver('resource', [
      request('https://shop.example/v1/messages?key=k'),
      request('blob:https://shop.example/x'),
      request('data:text/plain,x'),
      request('https://shop.example/cart'),
    ]);
    end();
    expect(names(test)).toEqual(['shop.example/cart']);
  });

  it('gives so many names, and calls what comes after them other', () => {
    const test = setUp({ maxNames: 2 });
    test.deliver(
      'resource',
      ['a', 'b', 'c', 'd', 'a'].map((path) => request(`https://shop.example/${path}`)),
    );
    expect(names(test)).toEqual(['shop.example/a', 'shop.example/b', 'other', 'other', 'shop.example/a']);
  });

  it('gives 200 names a page unless told otherwise', () => {
    const test = setUp();
    const word = (index: number): string => String.fromCharCode(97 + Math.floor(index / 26), 97 + (index % 26));
    test.deliver(
      'resource',
      Array.from({ length: 300 }, (_, index) => request(`https://shop.example/${word(index)}`)),
    );
    expect(new Set(names(test)).size).toBe(201);
    expect(names(test).filter((name) => name === 'other')).toHaveLength(100);
  });

  it('takes the names that it is given a function for, and leaves out what that has no name for', () => {
    const test = setUp({ name: ({ pathname }) => (pathname === '/health' ? null : `api${pathname}`) });
    test.deliver('resource', [request('https://shop.example/health'), request('https://shop.example/cart')]);
    expect(names(test)).toEqual(['api/cart']);
  });

  it('takes host and path, and tells, where that function throws', () => {
    const problems: Problem[] = [];
    const name = (): string => {
      throw new Error('no name');
    };
    const test = setUp({ name }, (problem) => problems.push(problem));
    test.deliver('resource', [request('https://shop.example/cart')]);
    expect(names(test)).toEqual(['shop.example/cart']);
    expect(problems).toEqual([
      { reason: 'bad-setting', message: 'the name of a request could not be found: Error: no name' },
    ]);
  });

  it('takes what the browser has not told yet when the page is hidden, and when the client is closed', async () => {
    const test = setUp();
    test.leave('resource', [request('https://shop.example/a')]);
    hidePage();
    expect(names(test)).toEqual(['shop.example/a']);
    test.leave('resource', [request('https://shop.example/b')]);
    await test.metlog.close();
    expect(names(test)).toEqual(['shop.example/a', 'shop.example/b']);
    expect(test.observed()).toEqual([]);
  });

  it('asks once for the requests from before it was there', () => {
    const observer = installFakeObserver(['resource']);
    const { metlog, platform } = createTestMetlog();
    const capture = fetchTiming();
    const context = { metlog, clock: platform, isOwnRequest: () => false, tell: () => undefined };
    const end = capture.start(context);
    expect(observer.observed()).toEqual([{ type: 'resource', buffered: true }]);
    end();
    capture.start(context);
    expect(observer.observed()).toEqual([{ type: 'resource', buffered: false }]);
  });
});
