// @vitest-environment happy-dom
import { h, render, type JSX } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { useAnswer, type Asked } from '../../../src/report/ui/use-answer.ts';

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

describe('the answer before', () => {
  let asked: Asked<Answer> | undefined;
  const Watched = ({ of, path = '/api/thing' }: { readonly of: string; readonly path?: string }): null => {
    asked = useAnswer<Answer>(path, { of });
    return null;
  };
  const watch = (of: string, path?: string): Promise<void> =>
    act(() => render(h(Watched, { of, ...(path === undefined ? {} : { path }) }), root));

  it('says what it is of, and stays until the next one is there', async () => {
    await watch('day');
    await expect.poll(() => asked?.answer?.words).toBe('/api/thing?of=day');
    expect(asked).toMatchObject({ parameters: { of: 'day' }, isBefore: false, isLoading: false });

    let answer = (_response: Response): void => undefined;
    fetched.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    await watch('week');
    expect(asked).toMatchObject({ parameters: { of: 'day' }, isBefore: true, isLoading: true });
    expect(asked?.answer?.words).toBe('/api/thing?of=day');

    answer(Response.json({ words: 'of the week' }));
    await expect.poll(() => asked?.answer?.words).toBe('of the week');
    expect(asked).toMatchObject({ parameters: { of: 'week' }, isBefore: false, isLoading: false });
  });

  it('goes if the next one could not be had', async () => {
    await watch('day');
    await expect.poll(() => asked?.answer).toBeDefined();
    fetched.mockResolvedValueOnce(Response.json({ error: 'too much', code: 'busy' }, { status: 503 }));
    await watch('week');
    await expect.poll(() => asked?.error).toBe('too much');
    expect(asked).toMatchObject({ answer: undefined, isLoading: false });
  });

  it('goes at once if another thing is asked for', async () => {
    await watch('day');
    await expect.poll(() => asked?.answer).toBeDefined();
    fetched.mockReturnValueOnce(new Promise(() => undefined));
    await watch('day', '/api/other');
    expect(asked).toMatchObject({ answer: undefined, error: undefined, isLoading: true });
  });
});

describe('an answer that is asked for each minute', () => {
  const Minutely = (): null => {
    useAnswer<Answer>('/api/thing', {}, { everyMs: 60_000 });
    return null;
  };

  it('is asked for sooner where it could not be had', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    fetched.mockResolvedValueOnce(Response.json({ error: 'the query took too long' }, { status: 504 }));
    const pass = (ms: number): Promise<void> => act(() => vi.advanceTimersByTimeAsync(ms).then(() => undefined));
    await act(() => render(h(Minutely, null), root));
    await pass(10_000);
    expect(fetched).toHaveBeenCalledTimes(2);
    await pass(59_000);
    expect(fetched).toHaveBeenCalledTimes(2); // which was answered
    await pass(1_000);
    expect(fetched).toHaveBeenCalledTimes(3);
  });
});

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
