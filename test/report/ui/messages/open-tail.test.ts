// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openTail } from '../../../../src/report/ui/messages/open-tail.ts';
import { FakeEventSource } from './fake-event-source.ts';

const { CLOSED, CONNECTING, OPEN } = FakeEventSource;

let states: string[] = [];
let stop = (): void => undefined;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', FakeEventSource);
  FakeEventSource.made = [];
  states = [];
  stop = openTail({}, { onRows: () => undefined, onState: (state) => states.push(state) });
});
afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('openTail', () => {
  it('leaves it to the browser to connect again where the connection was lost', () => {
    FakeEventSource.made[0]?.becomes(OPEN);
    FakeEventSource.made[0]?.becomes(CONNECTING);
    vi.advanceTimersByTime(60_000);
    expect(FakeEventSource.made).toHaveLength(1);
    expect(states).toEqual(['connecting', 'live', 'lost']);
  });

  it('connects again after a refusal, which the browser takes for final', () => {
    FakeEventSource.made[0]?.becomes(CLOSED);
    expect(states).toEqual(['connecting', 'refused']);
    vi.advanceTimersByTime(60_000);
    expect(FakeEventSource.made).toHaveLength(2); // this one has not come to anything yet
    FakeEventSource.made[1]?.becomes(CLOSED);
    vi.advanceTimersByTime(60_000);
    FakeEventSource.made[2]?.becomes(OPEN);
    expect(states).toEqual(['connecting', 'refused', 'live']);
  });

  it('connects no more once it is stopped', () => {
    FakeEventSource.made[0]?.becomes(CLOSED);
    stop();
    vi.advanceTimersByTime(60_000);
    expect(FakeEventSource.made).toHaveLength(1);
  });
});
