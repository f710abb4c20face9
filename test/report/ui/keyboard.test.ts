// @vitest-environment happy-dom
import { h, render } from 'preact';
import { afterEach, expect, it, vi } from 'vitest';
import { App } from '../../../src/report/ui/app.tsx';

afterEach(() => {
  render(null, document.body);
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

function press(key: string, target: Element = document.body): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, composed: true });
  target.dispatchEvent(event);
  return event;
}

it('goes to a page as soon as the frame is to be seen', () => {
  vi.stubGlobal(
    'fetch',
    vi.fn(() => new Promise(() => undefined)),
  );
  render(h(App, {}), document.body);
  press('g');
  press('2');
  expect(location.hash).toBe('#/metrics');
});
