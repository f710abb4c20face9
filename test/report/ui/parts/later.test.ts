// @vitest-environment happy-dom
import { h, render, type JSX } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, expect, it, vi } from 'vitest';
import { later } from '../../../../src/report/ui/parts/later.tsx';

const root = document.createElement('div');
const left = vi.spyOn(location, 'assign').mockReturnValue();

afterEach(() => {
  render(null, root);
  vi.unstubAllGlobals();
  left.mockClear();
});

const answer = (response: Response): void => {
  vi.stubGlobal(
    'fetch',
    vi.fn(() => Promise.resolve(response)),
  );
};
const show = (load: () => Promise<() => JSX.Element>): Promise<void> =>
  act(() => render(h(later<object>(load), {}), root));

it('shows a view when its code is there, and asks nothing', async () => {
  answer(Response.json({}));
  await show(() => Promise.resolve(() => h('p', null, 'the view')));
  await expect.poll(() => root.textContent).toBe('the view');
  expect(fetch).not.toHaveBeenCalled();
});

it('says that a view could not be loaded, where somebody is signed in', async () => {
  answer(Response.json({ views: [] }));
  await show(() => Promise.reject(new TypeError('gone')));
  await expect.poll(() => root.textContent).toBe('this page could not be loaded; load the report anew');
  await expect.poll(() => vi.mocked(fetch).mock.settledResults.length).toBe(1);
  expect(left).not.toHaveBeenCalled();
});

it('leads to the form where the view was refused because nobody is', async () => {
  location.hash = '#/exceptions?last=24h';
  answer(Response.json({ error: 'sign in', code: 'unauthorized' }, { status: 401 }));
  await show(() => Promise.reject(new TypeError('refused')));
  await expect.poll(() => left.mock.calls).toEqual([['/login#/exceptions?last=24h']]);
});
