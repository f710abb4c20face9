// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest';
import { go, hrefTo, hrefWith, place, readPlace } from '../../../src/report/ui/place.ts';
import { boundsOf, readRange } from '../../../src/report/ui/time-range.ts';

afterEach(() => go('#/'));

describe('place', () => {
  it('reads path and parameters from the fragment of the address, whatever that holds', () => {
    expect(readPlace('').path).toEqual([]);
    expect(readPlace('#/exceptions/a%2Fb?last=7d').path).toEqual(['exceptions', 'a/b']);
    expect(readPlace('#/%?x=%').path).toEqual(['%']);
    expect(readPlace('#/query?sql=select+1%3F').parameters.get('sql')).toBe('select 1?');
  });

  it('takes the time range and the logger along to another page, and nothing else', () => {
    go('#/metrics?last=7d&logger=shop&name=auth');
    expect(hrefTo(['exceptions', 'a/b'])).toBe('#/exceptions/a%2Fb?last=7d&logger=shop');
    expect(hrefTo([], { logger: null })).toBe('#/?last=7d');
    expect(hrefWith({ name: ['a', 'b'], logger: null })).toBe('#/metrics?last=7d&name=a&name=b');
    expect(place.value.parameters.get('name')).toBe('auth');
  });

  it('takes nobody back who has gone elsewhere, of which the page is yet to hear', () => {
    go('#/metrics');
    const href = hrefWith({ search: 'auth' });
    history.pushState(null, '', '#/exceptions'); // as a link does, but for the event
    go(href, { replace: true });
    expect(location.hash).toBe('#/exceptions');
  });
});

describe('the time range', () => {
  const rangeAt = (fragment: string): ReturnType<typeof readRange> => readRange(readPlace(fragment));

  it('is the last hour where the address says nothing that is a range', () => {
    for (const fragment of ['', '#/?last=1y', '#/?from=x&to=y', '#/?from=2026-01-02&to=2026-01-01'])
      expect(rangeAt(fragment)).toEqual({ kind: 'last', name: '1h' });
  });

  it('ends now, or is between two times', () => {
    expect(boundsOf(rangeAt('#/?last=15m'), 900_000)).toEqual({ fromMs: 0, toMs: 900_000 });
    const between = rangeAt('#/?from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z&last=7d');
    expect(boundsOf(between, 5)).toEqual({ fromMs: 1_767_225_600_000, toMs: 1_767_229_200_000 });
  });
});
