// @vitest-environment happy-dom
import { h, render } from 'preact';
import { expect, it } from 'vitest';
import { BarList } from '../../../../src/report/ui/parts/bar-list.tsx';

it('bars have the numbers that were given, also small ones, twice the same name, and less than nothing', () => {
  const root = document.createElement('div');
  const entries = [0.43, 0.86, -2].map((count) => ({ name: 'auth', count }));
  render(h(BarList, { entries }), root);
  expect([...root.querySelectorAll('.value')].map(({ textContent }) => textContent)).toEqual(['0.43', '0.86', '-2']);
  const widths = [...root.querySelectorAll<HTMLElement>('.fill')].map(({ style }) => style.width);
  expect(widths).toEqual(['50%', '100%', '0%']);
});
