// @vitest-environment happy-dom
import { h, render, type ComponentChild } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { GroupList } from '../../../src/report/ui/exceptions/group-list.tsx';
import { MetricList } from '../../../src/report/ui/pages/metric-list.tsx';
import { go } from '../../../src/report/ui/place.ts';

const root = document.createElement('div');

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal(
    'fetch',
    vi.fn(() => new Promise(() => undefined)),
  );
});
afterEach(() => {
  render(null, root);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Each page's field, and how long after the last key it searches, in milliseconds. */
const FIELDS: readonly (readonly [page: string, field: () => ComponentChild, typingMs: number])[] = [
  ['metrics', () => h(MetricList, { chosen: [], maxCount: 1, onToggle: () => undefined }), 150],
  ['exceptions', () => h(GroupList, {}), 250],
];

it.each(FIELDS)('search on the page of %s as long as it is there', async (page, field, typingMs) => {
  const type = async (text: string): Promise<void> => {
    const input = root.querySelector('input');
    await act(() => {
      if (input === null) return;
      input.value = text;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    });
  };
  go(`#/${page}`);
  await act(() => render(field(), root));
  await type('auth');
  vi.advanceTimersByTime(typingMs);
  expect(location.hash).toBe(`#/${page}?search=auth`);

  await type('authors');
  vi.advanceTimersByTime(typingMs - 1);
  go('#/query');
  render(null, root);
  vi.advanceTimersByTime(1);
  expect(location.hash).toBe('#/query');
});
