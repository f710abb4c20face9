// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createTestMetlog } from '../../src/testing/test-metlog.ts';
import type { Metlog } from '../../src/core/metlog.ts';
import { createUncaught } from '../../src/browser/captures/uncaught.ts';
import { replayStub } from '../../src/browser/replay-stub.ts';
import type { Stub } from '../../src/browser/stub.ts';

beforeEach(() => vi.resetModules());
afterEach(() => vi.restoreAllMocks());

/** Runs the stub's script as `tag` loads it; the result is `window.metlog`, as a page uses it. */
async function load(tag: HTMLScriptElement | null = null): Promise<Stub & Metlog> {
  vi.spyOn(document, 'currentScript', 'get').mockReturnValue(tag);
  await import('../../src/browser/stub.ts');
  const page = globalThis as unknown as { metlog: unknown };
  const stub = page.metlog as Stub & Metlog;
  onTestFinished(() => {
    stub.stop();
    page.metlog = undefined;
  });
  return stub;
}

/** The script arrives. */
function arrive(stub: Stub) {
  const { metlog, messages } = createTestMetlog({ logger: 'page' });
  replayStub(stub, metlog, createUncaught());
  return {
    metlog,
    said: () => messages().map(({ type, metadata }) => [type, metadata['name'], metadata['error']]),
    messages,
  };
}

function raise(error: Error): void {
  dispatchEvent(new ErrorEvent('error', { error, message: error.message }));
}

describe('the stub', () => {
  it('keeps calls until the script is there, each with its time', async () => {
    const stub = await load();
    vi.spyOn(Date, 'now')
      .mockReturnValueOnce(Date.UTC(2026, 0, 2))
      .mockReturnValueOnce(Date.UTC(2026, 0, 3));
    stub.incr('view');
    stub.send('order', { payload: 'x' });
    expect(arrive(stub).messages()).toMatchObject([
      { type: 'counter', timestamp: '2026-01-02T00:00:00.000Z', metadata: { name: 'view' } },
      { type: 'order', timestamp: '2026-01-03T00:00:00.000Z', payload: 'x' },
    ]);
  });

  it('records what was begun before the script came and ends after it', async () => {
    const stub = await load();
    const timer = stub.timer('render');
    let finish = (_value: number): void => undefined;
    const answer = stub.time('load', () => new Promise<number>((resolve) => (finish = resolve)));
    const { said } = arrive(stub);
    expect(timer.stop()).toBe(timer.stop());
    finish(7);
    expect(await answer).toBe(7);
    expect(said()).toEqual([
      ['timer', 'render', undefined],
      ['timer', 'load', undefined],
    ]);
  });

  it('hands on what is called on a reference that the page still holds', async () => {
    const stub = await load();
    const { incr, time } = stub;
    const child = stub.child({ logger: 'cart' });
    const { metlog, said, messages } = arrive(stub);
    incr('a');
    expect(time('b', () => 7)).toBe(7);
    stub.timer('c').stop();
    child.incr('d');
    stub.child({ logger: 'late' }).incr('e');
    expect(said()).toEqual([
      ['counter', 'a', undefined],
      ['timer', 'b', undefined],
      ['timer', 'c', undefined],
      ['counter', 'd', undefined],
      ['counter', 'e', undefined],
    ]);
    expect(messages().map(({ logger }) => logger)).toEqual(['page', 'page', 'page', 'cart', 'late']);
    expect(stub.stats).toEqual(metlog.stats);
    expect(await stub.flush()).toBe(true);
    expect(stub.calls).toEqual([]);
  });

  it('times functions that throw or reject, and marks them as the client does', async () => {
    const stub = await load();
    const no = new Error('no');
    const options = { metadata: { step: 1 } };
    expect(() =>
      stub.time(
        'sync',
        () => {
          throw no;
        },
        options,
      ),
    ).toThrow(no);
    await expect(stub.time('async', () => Promise.reject(no), options)).rejects.toBe(no);
    expect(
      arrive(stub)
        .messages()
        .map(({ metadata }) => metadata),
    ).toMatchObject([
      { name: 'sync', error: true, step: 1 },
      { name: 'async', error: true, step: 1 },
    ]);
  });

  it('has every member of the client, also where the script never comes', async () => {
    const stub = await load();
    const { metlog } = createTestMetlog();
    for (const name of Object.keys(metlog))
      expect([name, typeof stub[name as keyof Metlog]]).toEqual([name, typeof metlog[name as keyof Metlog]]);
    expect(await stub.flush()).toBe(true);
    await expect(stub.close()).resolves.toBeUndefined();
    expect(stub.stats).toEqual({ accepted: 0, sent: 0, queued: 0, merged: 0, dropped: {} });
    stub.use({ name: 'mine' });
    stub.child({ logger: 'cart' }).child({}).incr('view');
    expect(stub.time('x', undefined as unknown as () => void)).toBeUndefined();
  });

  it('wraps and decorates functions, and ends a timer with its block', async () => {
    const stub = await load();
    const timer = stub.timer('block');
    timer[Symbol.dispose]();
    const wrapped = stub.timer('add').wrap(function add(this: { base: number }, one: number, two: number) {
      return this.base + one + two;
    });
    expect([wrapped.name, wrapped.length, wrapped.call({ base: 1 }, 2, 3)]).toEqual(['add', 2, 6]);
    const decorated = stub.timer('run')(() => 7, { kind: 'method' } as DecoratorContext);
    expect(decorated()).toBe(7);
    expect(stub.timer('old')({}, 'key', {})).toBeUndefined();
    const { said } = arrive(stub);
    decorated();
    expect(said().map(([, name]) => name)).toEqual(['block', 'add', 'run', 'run']);
  });

  it('sets up what was asked of it before what follows', async () => {
    const stub = await load();
    const child = stub.child({ logger: 'cart', metadata: { a: 1 } });
    stub.use({ name: 'mark', filters: [(message) => ({ ...message, payload: 'seen' })] });
    stub.setMetadata({ b: 2 });
    child.incr('view');
    expect(arrive(stub).messages()).toMatchObject([
      { logger: 'cart', payload: 'seen', metadata: { name: 'view', a: 1, b: 2 } },
    ]);
  });

  it('sends what nobody caught, but what the capture leaves out', async () => {
    const stub = await load();
    const boom = new Error('boom');
    vi.spyOn(Date, 'now').mockReturnValueOnce(Date.UTC(2026, 0, 2));
    raise(boom);
    raise(boom);
    raise(new Error('ResizeObserver loop limit exceeded'));
    dispatchEvent(Object.assign(new Event('unhandledrejection'), { reason: 'late' }));
    const { messages } = arrive(stub);
    raise(new Error('the client listens now'));
    expect(messages()).toMatchObject([
      {
        timestamp: '2026-01-02T00:00:00.000Z',
        metadata: { exception: { value: 'boom', handled: false, mechanism: 'onerror' } },
      },
      { metadata: { exception: { value: 'late', handled: false, mechanism: 'onunhandledrejection' } } },
    ]);
  });

  it('counts what did not find room', async () => {
    const stub = await load();
    for (let n = 0; n < 1_000; n++) stub.incr('view');
    const child = stub.child({ logger: 'cart' });
    child.incr('view');
    const { said, messages } = arrive(stub);
    expect(said()).toHaveLength(1_001);
    expect(messages().at(-1)).toMatchObject({ payload: '2', metadata: { name: 'page.stub.left-out' } });
    child.incr('later');
    expect(said().at(-1)).toEqual(['counter', 'later', undefined]);
  });

  it('loads the script as its own tag says, with its nonce', async () => {
    const appended = vi.spyOn(document.head, 'append').mockImplementation(() => undefined);
    const tag = document.createElement('script');
    Object.assign(tag.dataset, { src: '/metlog.js', integrity: 'sha384-x', logger: 'shop' });
    tag.nonce = 'once';
    await load(tag);
    const real = appended.mock.calls[0]?.[0] as HTMLScriptElement;
    expect(real).toMatchObject({ nonce: 'once', integrity: 'sha384-x', async: true, crossOrigin: 'anonymous' });
    expect(real.getAttribute('src')).toBe('/metlog.js');
    expect(real.dataset['logger']).toBe('shop');
  });
});
