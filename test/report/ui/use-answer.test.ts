// @vitest-environment happy-dom
import { h, render, type JSX } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useAnswer } from '../../../src/report/ui/use-answer.ts';

interface Answer {
  readonly words: string;
}

let isHidden = false;
const root = document.createElement('div');
const fetched = vi.fn<(url: string) => Promise<Response>>();

Object.defineProperty(document, 'hidden', { get: () => isHidden });
beforeEach(() => {
  fetched.mockReset();
  fetched.mockImplementation((url) => Promise.resolve(Response.json({ words: url })));
  vi.stubGlobal('fetch', fetched);
});
afterEach(() => {
  render(null, root);
  isHidden = false;
  vi.unstubAllGlobals();
});

function Page({ of }: { readonly of: string }): JSX.Element {
  const { answer } = useAnswer<Answer>('/api/thing', { of });
  return h('p', null, answer?.words ?? 'nothing');
}

const show = (of: string): Promise<void> => act(() => render(h(Page, { of }), root));

describe('an answer that is asked for once', () => {
  it('is asked for when a page that was opened unseen comes to be seen, and no more', async () => {
    isHidden = true;
    await show('a');
    expect(fetched).not.toHaveBeenCalled();

    isHidden = false;
    document.dispatchEvent(new Event('visibilitychange'));
    await expect.poll(() => root.textContent).toBe('/api/thing?of=a');
    document.dispatchEvent(new Event('visibilitychange'));
    await act(() => undefined);
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('is asked for no more if the page went before it was seen', async () => {
    isHidden = true;
    await show('a');
    render(null, root);
    isHidden = false;
    await act(() => void document.dispatchEvent(new Event('visibilitychange')));
    expect(fetched).not.toHaveBeenCalled();
  });
});
