// @vitest-environment happy-dom
import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readFilter } from '../../../../src/report/ui/messages/filter.ts';
import { Live } from '../../../../src/report/ui/messages/live.tsx';
import { FakeEventSource } from './fake-event-source.ts';

const root = document.createElement('div');
const fetched = vi.fn<(url: string) => Promise<Response>>();

beforeEach(async () => {
  FakeEventSource.made = [];
  fetched.mockReset();
  vi.stubGlobal('EventSource', FakeEventSource);
  vi.stubGlobal('fetch', fetched);
  const filter = readFilter({ path: ['messages'], parameters: new URLSearchParams() });
  await act(() => render(h(Live, { filter, logger: null }), root));
});
afterEach(async () => {
  await act(() => render(null, root));
  vi.unstubAllGlobals();
});

describe('Live', () => {
  it('says why the tail is refused, which it has to ask for another way', async () => {
    const error = 'metadata must be key=value';
    fetched.mockResolvedValue(Response.json({ error, code: 'invalid' }, { status: 400 }));
    FakeEventSource.made[0]?.becomes(FakeEventSource.CLOSED);
    await expect.poll(() => root.querySelector('[role=alert]')?.textContent).toBe(error);
    expect(root.querySelector('[role=status]')?.textContent).toBe('not live; trying again …');
    expect(fetched).toHaveBeenCalledTimes(1);
  });
});
