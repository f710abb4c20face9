// @vitest-environment happy-dom
import { h, render } from 'preact';
import { afterEach, expect, it, vi } from 'vitest';
import { App } from '../../../src/report/ui/app.tsx';
import { startKeyboard } from '../../../src/report/ui/keyboard.ts';

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

it('leaves a field at Escape, and what stands in it to the reader', () => {
  const stop = startKeyboard();
  const field = Object.assign(document.createElement('input'), { type: 'search', value: 'import' });
  document.body.append(field);
  field.focus();
  expect(press('a', field).defaultPrevented).toBe(false);
  // Browsers empty a search field otherwise.
  expect(press('Escape', field).defaultPrevented).toBe(true);
  expect(document.activeElement).toBe(document.body);
  expect(press('Escape').defaultPrevented).toBe(false);
  stop();
});
