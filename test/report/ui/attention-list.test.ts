// @vitest-environment happy-dom
import { h, render } from 'preact';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttentionItem } from '../../../src/report/api/attention.ts';
import { AttentionList } from '../../../src/report/ui/parts/attention-list.tsx';
import { go } from '../../../src/report/ui/place.ts';

const HOSTILE = `</a><script>alert(1)</script>"'&#/?logger=x`;

beforeEach(() => go('#/?last=7d&logger=web'));
afterEach(() => go('#/'));

function shown(...items: readonly AttentionItem[]): HTMLElement {
  const root = document.createElement('div');
  render(h(AttentionList, { answer: { at: '2026-11-22T10:30:00.000Z', items, leftOut: 0 } }), root);
  return root;
}

/** Where the first link leads: the path, and its parameters. */
function placeOf(item: AttentionItem): { readonly path: string; readonly parameters: Record<string, string> } {
  const href = shown(item).querySelector('a')?.getAttribute('href') ?? '';
  const [path = '', query = ''] = href.split(/\?(.*)/s);
  return { path, parameters: Object.fromEntries(new URLSearchParams(query)) };
}

const ERRORS: AttentionItem = {
  rule: 'more-errors',
  text: 'errors',
  logger: 'shop',
  count: 31,
  countDayAgo: 10,
  from: '2026-11-22T09:30:00.000Z',
  to: '2026-11-22T10:30:00.000Z',
};

describe('AttentionList', () => {
  it('says calmly that nothing needs attention, and what was looked at', () => {
    expect(shown().textContent).toMatch(/^Nothing needs attention\. No exception is new/);
    expect(shown().querySelector('a')).toBe(null);
  });

  it('leads to the group of a new exception, over the last hour', () => {
    const item = { text: 'new', fingerprint: HOSTILE, logger: 'web', count: 1, firstReceived: '' };
    expect(placeOf({ rule: 'new-exception', ...item })).toEqual({
      path: `#/exceptions/${encodeURIComponent(HOSTILE)}`,
      parameters: { last: '1h', logger: 'web' },
    });
  });

  it('leads to the errors of the hour that was counted, and to its exceptions', () => {
    const { from, to } = ERRORS;
    expect(placeOf(ERRORS)).toEqual({ path: '#/messages', parameters: { from, to, logger: 'shop', severity: '3' } });
    const [, exceptions] = shown(ERRORS).querySelectorAll('a');
    expect(exceptions?.getAttribute('href')).toMatch(/^#\/exceptions\?from=.*&logger=shop$/);
  });

  it('leads to the last that a silent logger said', () => {
    const lastReceived = '2026-11-22T08:50:00.250Z';
    expect(placeOf({ rule: 'silent-logger', text: 'silent', logger: HOSTILE, countDayAgo: 9, lastReceived })).toEqual({
      path: '#/messages',
      parameters: { from: '2026-11-22T07:50:00.250Z', to: '2026-11-22T08:50:01.250Z', logger: HOSTILE },
    });
  });

  it('leads to the books of a late sink and of a store that is away, and of a logger with loss over the day', () => {
    expect(placeOf({ rule: 'sink-lag', text: 'late', sink: 's', lagMs: 61_000, waiting: 1 }).parameters).toEqual({
      last: '7d', logger: 'web', part: 'books',
    }); // prettier-ignore
    const copy = { url: 'hdfs://nn1/metlog', waitingFiles: 1, waitingMessages: 9 };
    expect(placeOf({ rule: 'archive-copy', text: 'away', ...copy }).parameters).toEqual({
      last: '7d', logger: 'web', part: 'books',
    }); // prettier-ignore
    const loss = { logger: 'shop', missing: 1, received: 9, silentSenders: 0 };
    expect(placeOf({ rule: 'loss', text: 'loss', ...loss }).parameters).toEqual({
      last: '24h', logger: 'shop', part: 'books',
    }); // prettier-ignore
  });

  it('shows what messages say as text alone', () => {
    const root = shown({ ...ERRORS, text: HOSTILE, logger: HOSTILE });
    expect(root.querySelector('a')?.textContent).toBe(HOSTILE);
    expect(root.querySelector('script')).toBe(null);
  });
});
