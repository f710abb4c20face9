// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest';
import { breadcrumbs } from '../../src/browser/captures/breadcrumbs.ts';
import type { TestMetlog } from '../../src/testing/test-metlog.ts';
import { captured } from './support/captured.ts';

beforeEach(() => {
  history.replaceState(null, '', '/users/42');
  document.body.innerHTML = '';
});

const lastException = ({ messages }: TestMetlog) =>
  messages()
    .filter(({ type }) => type === 'exception')
    .at(-1);

/** The crumbs of an exception that is sent now. */
function crumbs(test: TestMetlog): readonly Record<string, unknown>[] {
  test.metlog.exception(new Error('boom'));
  return (lastException(test)?.metadata['breadcrumbs'] ?? []) as unknown as Record<string, unknown>[];
}

function click(html: string, selector: string): void {
  document.body.innerHTML = html;
  document.querySelector(selector)!.dispatchEvent(new MouseEvent('click', { bubbles: true, composed: true }));
}

describe('breadcrumbs', () => {
  it('puts the last messages into an exception, by name or by how they start', () => {
    const test = captured([breadcrumbs()]);
    test.metlog.incr('cart.add');
    test.platform.advance(1_500);
    test.metlog.warn('x'.repeat(1_000));
    test.metlog.send('order.placed', { payload: 'order 7' });
    expect(crumbs(test)).toEqual([
      { timestamp: '2026-01-01T00:00:00.000Z', type: 'counter', severity: 6, name: 'cart.add' },
      { timestamp: '2026-01-01T00:00:01.500Z', type: 'log', severity: 4, text: `${'x'.repeat(120)}…` },
      { timestamp: '2026-01-01T00:00:01.500Z', type: 'order.placed', severity: 6, text: 'order 7' },
    ]);
  });

  it('puts nothing into other messages, or into an exception that nothing came before', () => {
    const test = captured([breadcrumbs()]);
    test.metlog.exception(new Error('first'));
    test.metlog.incr('a');
    for (const { metadata } of test.messages()) expect(metadata).not.toHaveProperty('breadcrumbs');
  });

  it('remembers an exception for the next one, without its own crumbs', () => {
    const test = captured([breadcrumbs()]);
    test.metlog.incr('a');
    crumbs(test);
    const [, exception] = crumbs(test);
    expect(Object.keys(exception!)).toEqual(['timestamp', 'type', 'severity', 'text']);
    expect(exception).toMatchObject({ type: 'exception', severity: 3 });
  });

  it('remembers so many', () => {
    const test = captured([breadcrumbs({ max: 2 })]);
    for (const name of ['a', 'b', 'c']) test.metlog.incr(name);
    expect(crumbs(test).map(({ name }) => name)).toEqual(['b', 'c']);
    const usual = captured([breadcrumbs()]);
    for (let index = 0; index < 30; index += 1) usual.metlog.incr('a');
    expect(crumbs(usual)).toHaveLength(20);
    const all = captured([breadcrumbs({ max: 1e9 })]);
    for (let index = 0; index < 200; index += 1) all.metlog.incr('a');
    expect(crumbs(all)).toHaveLength(100);
    const none = captured([breadcrumbs({ max: 0 })]);
    none.metlog.incr('a');
    expect(crumbs(none)).toEqual([]);
  });

  it('leaves crumbs that the application set itself', () => {
    const test = captured([breadcrumbs()]);
    test.metlog.incr('a');
    test.metlog.exception(new Error('x'), { metadata: { breadcrumbs: 'mine' } });
    expect(lastException(test)?.metadata['breadcrumbs']).toBe('mine');
  });

  it('does not remember what a filter dropped', () => {
    const test = captured([breadcrumbs()], { filters: [(message) => (message.type === 'log' ? null : message)] });
    test.metlog.info('secret');
    expect(crumbs(test)).toEqual([]);
  });

  it.each([
    ['<button id="buy" class="big  primary wide round">Buy for 12 €</button>', 'button', 'button#buy.big.primary.wide'],
    ['<a class="nav" href="/x?secret"><span>Go</span></a>', 'span', 'a.nav'],
    ['<input type="password" value="secret">', 'input', 'input'],
    ['<p>secret text</p>', 'p', 'p'],
    ['<svg class="icon"><path d=""/></svg>', 'path', 'path'],
  ])('remembers a click on %s without text or value', (html, selector, target) => {
    const test = captured([breadcrumbs()]);
    click(html, selector);
    expect(crumbs(test)).toEqual([{ timestamp: '2026-01-01T00:00:00.000Z', type: 'click', target }]);
  });

  it('sees a click whose event is stopped', () => {
    const test = captured([breadcrumbs()]);
    document.body.innerHTML = '<button>x</button>';
    const button = document.querySelector('button')!;
    button.addEventListener('click', (event) => event.stopImmediatePropagation());
    button.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    expect(crumbs(test)).toHaveLength(1);
  });

  it('remembers changes of route by their paths', () => {
    const test = captured([breadcrumbs()]);
    history.pushState(null, '', '/cart?q=secret');
    history.pushState(null, '', '/cart?q=other');
    expect(crumbs(test)).toEqual([
      { timestamp: '2026-01-01T00:00:00.000Z', type: 'route', from: '/users/:id', to: '/cart' },
    ]);
  });

  it('holds few bytes, whatever comes', () => {
    const test = captured([breadcrumbs({ max: 100 })]);
    const long = 'é'.repeat(10_000);
    for (let index = 0; index < 100; index += 1) {
      test.metlog.info(long);
      click(`<p id="${long}" class="${long}"></p>`, 'p');
    }
    expect(JSON.stringify(crumbs(test)).length).toBeLessThan(25_000);
  });

  it('remembers nothing while it is ended, and begins anew with the same client', () => {
    const capture = breadcrumbs();
    const test = captured([]);
    const context = { metlog: test.metlog, clock: test.platform, isOwnRequest: () => false, tell: () => undefined };
    const end = capture.start(context);
    test.metlog.incr('a');
    end();
    test.metlog.incr('b');
    click('<p></p>', 'p');
    history.pushState(null, '', '/cart');
    expect(crumbs(test)).toEqual([]);
    const endAgain = capture.start(context);
    test.metlog.incr('c');
    expect(crumbs(test)).toMatchObject([{ name: 'c' }]);
    endAgain();
  });
});
