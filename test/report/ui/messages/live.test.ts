// @vitest-environment happy-dom
import { h, render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ListedMessageAnswer } from '../../../../src/report/api/messages.ts';
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

const press = (name: string): Promise<void> =>
  act(() => [...root.querySelectorAll('button')].find(({ textContent }) => textContent === name)?.click());
const said = (): readonly string[] => [...root.querySelectorAll('.said')].map(({ textContent }) => textContent);

const listed = (payload: string): ListedMessageAnswer => ({
  id: 'a/1',
  received: '2026-11-22T10:44:00.200Z',
  timestamp: '2026-11-22T10:44:00.200Z',
  type: 'order',
  logger: 'shop',
  severity: 6,
  hostname: null,
  pid: null,
  sender: 'a',
  seq: 1,
  name: null,
  value: null,
  payload,
  payloadLength: payload.length,
  metadata: '{}',
  metadataLength: 2,
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

  it('holds back while it is paused what the archive answers meanwhile too', async () => {
    let answer = (_response: Response): void => undefined;
    fetched.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    FakeEventSource.made[0]?.becomes(FakeEventSource.OPEN);
    await press('Pause');
    answer(Response.json({ messages: [listed('late')], next: null }));
    await act(() => new Promise((resolve) => setTimeout(resolve))); // it is read in a task of its own
    expect(said()).toEqual([]);
    await press('Resume');
    await expect.poll(said).toEqual(['late']);
  });
});
