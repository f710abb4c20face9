// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { ERROR_NOISE } from '../../src/browser/captures/error-noise.ts';
import { errors } from '../../src/browser/captures/errors.ts';
import { claimError } from '../../src/core/claimed-errors.ts';
import { captured, hidePage } from './support/captured.ts';

/** What a browser tells of an error that nobody caught. */
function raise(error: unknown, more: ErrorEventInit = {}): ErrorEvent {
  const event = new ErrorEvent('error', {
    error,
    message: `Uncaught ${String(error)}`,
    filename: 'https://shop.example/app.js?v=3',
    lineno: 10,
    colno: 15,
    cancelable: true,
    ...more,
  });
  dispatchEvent(event);
  return event;
}

function reject(reason: unknown): Event {
  const event = Object.assign(new Event('unhandledrejection', { cancelable: true }), { reason });
  dispatchEvent(event);
  return event;
}

/** An error thrown by the code at `url`, as V8 writes it. */
function errorFrom(url: string, message = 'boom', name = 'Error'): Error {
  const error = new Error(message);
  error.name = name;
  error.stack = `${name}: ${message}\n    at run (${url}:1:2)\n    at https://shop.example/app.js:3:4`;
  return error;
}

describe('errors', () => {
  it('sends an error that nobody caught, with its stack as text', () => {
    const { messages } = captured([errors()]);
    const error = errorFrom('https://shop.example/cart.js');
    raise(error);
    expect(messages()).toMatchObject([
      {
        type: 'exception',
        logger: 'shop',
        severity: 3,
        payload: error.stack,
        metadata: { exception: { type: 'Error', value: 'boom', handled: false, mechanism: 'onerror' } },
      },
    ]);
    expect(messages()[0]?.metadata).not.toHaveProperty('source');
  });

  it('sends a promise that was rejected and not handled', () => {
    const { messages } = captured([errors()]);
    reject(new TypeError('no network'));
    reject('just text');
    reject(undefined);
    expect(messages().map(({ metadata }) => metadata['exception'])).toMatchObject([
      { type: 'TypeError', value: 'no network', handled: false, mechanism: 'onunhandledrejection' },
      { type: 'string', value: 'just text', handled: false },
      { type: 'undefined', value: 'undefined', handled: false },
    ]);
  });

  it('says file, line and column where there is no error object', () => {
    const { messages } = captured([errors()]);
    raise(undefined, { message: 'Uncaught SyntaxError: unexpected token' });
    raise('thrown text');
    expect(messages()).toMatchObject([
      {
        metadata: {
          exception: { value: 'SyntaxError: unexpected token' },
          source: { filename: 'https://shop.example/app.js', lineno: 10, colno: 15 },
        },
      },
      { metadata: { exception: { type: 'string', value: 'thrown text' }, source: { lineno: 10 } } },
    ]);
  });

  it('leaves to the page what it does with its errors', () => {
    captured([errors()]);
    expect(raise(new Error('a')).defaultPrevented).toBe(false);
    expect(reject(new Error('b')).defaultPrevented).toBe(false);
  });

  it('sends the same error once, and none that a binding has sent', () => {
    const { messages } = captured([errors()]);
    const error = new Error('once');
    raise(error);
    reject(error);
    const claimed = new Error('sent by a binding');
    claimError(claimed);
    raise(claimed);
    expect(messages()).toHaveLength(1);
  });

  it('does not take what failed to load, or an event of the same name, for an error', () => {
    const { messages } = captured([errors()]);
    const image = document.createElement('img');
    document.body.append(image);
    image.dispatchEvent(new Event('error'));
    dispatchEvent(new Event('error'));
    dispatchEvent(new Event('unhandledrejection'));
    expect(messages()).toEqual([]);
  });

  it.each([
    [
      'what another origin threw',
      () => raise(undefined, { message: 'Script error.', filename: '', lineno: 0, colno: 0 }),
    ],
    [
      'notifications of ResizeObserver that come late',
      () => raise(undefined, { message: 'ResizeObserver loop completed with undelivered notifications.' }),
    ],
    ['requests that were given up', () => reject(new DOMException('The user aborted a request.', 'AbortError'))],
    [
      'what an extension threw',
      () => raise(errorFrom('chrome-extension://abc/inject.js'), { filename: 'chrome-extension://abc/inject.js' }),
    ],
    ['what an extension rejected', () => reject(errorFrom('safari-web-extension://abc/inject.js'))],
    [
      'what an extension rejected in Firefox',
      () =>
        reject(
          Object.assign(new Error('x'), {
            stack: 'run@moz-extension://abc/inject.js:1:2\n@https://shop.example/app.js:3:4',
          }),
        ),
    ],
    ['link checkers', () => reject('Object Not Found Matching Id:3, MethodName:update, ParamCount:4')],
  ])('ignores %s', (_, happen) => {
    const { messages } = captured([errors()]);
    happen();
    expect(messages()).toEqual([]);
  });

  it('sends errors of the page that only speak of noise or pass through an extension', () => {
    const { messages } = captured([errors()]);
    const through = errorFrom('https://shop.example/app.js');
    through.stack = `${through.stack ?? ''}\n    at wrap (chrome-extension://abc/inject.js:1:2)`;
    reject(through);
    reject(errorFrom('https://shop.example/app.js', 'Could not load chrome-extension://abc/x.js'));
    expect(messages()).toHaveLength(2);
  });

  it('ignores what it is told to instead, by text or by expression, stateful ones too', () => {
    const { messages } = captured([errors({ ignore: [...ERROR_NOISE, 'cart is empty', /^TypeError: .*null/g] })]);
    raise(new Error('the cart is empty'));
    raise(new TypeError('x is null'));
    raise(new TypeError('x is null'));
    raise(undefined, { message: 'Script error.' });
    raise(new RangeError('x is null'));
    expect(messages()).toMatchObject([{ metadata: { exception: { type: 'RangeError' } } }]);
  });

  it('sends so many of one page, and counts the rest when the page is hidden or the client closed', async () => {
    const { metlog, messages } = captured([errors({ maxPerPage: 2 })]);
    for (let index = 0; index < 5; index += 1) raise(new Error(`error ${index}`));
    hidePage();
    hidePage();
    expect(messages().map(({ type, payload }) => (type === 'counter' ? payload : type))).toEqual([
      'exception',
      'exception',
      '3',
    ]);
    raise(new Error('one more'));
    await metlog.close();
    expect(messages().at(-1)).toMatchObject({ payload: '1', metadata: { name: 'page.errors.left-out' } });
  });

  it('survives things thrown that cannot be read', () => {
    const { messages } = captured([errors()], { strict: false });
    const hostile = new Error('hostile');
    for (const key of ['stack', 'message', 'name'])
      Object.defineProperty(hostile, key, {
        get() {
          throw new Error('no');
        },
      });
    reject(Object.create(null));
    expect(() => reject(hostile)).not.toThrow();
    expect(messages().length).toBeGreaterThan(0);
  });

  it('hears nothing once the client is closed', async () => {
    const { metlog } = captured([errors()]);
    await metlog.close();
    raise(new Error('late'));
    reject(new Error('late'));
    expect(metlog.stats.accepted).toBe(0);
  });
});
