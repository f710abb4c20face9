// @vitest-environment happy-dom
import { createElement, useState, type ReactNode } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  MetlogErrorBoundary,
  MetlogProvider,
  rootHandlers,
  useMetlog,
  type MetlogErrorBoundaryProps,
} from '../../src/bindings/react.ts';
import { errors } from '../../src/browser/captures/errors.ts';
import { setDefaultClient } from '../../src/core/default-client.ts';
import type { Message } from '../../src/core/schema.ts';
import { createTestMetlog } from '../../src/testing/test-metlog.ts';

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  return () => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
    Reflect.deleteProperty(globalThis, Symbol.for('metlog.default'));
  };
});

function render(node: ReactNode, options: Parameters<typeof createRoot>[1] = {}): HTMLElement {
  const container = document.createElement('div');
  const root = createRoot(container, options);
  onTestFinished(() => root.unmount());
  flushSync(() => root.render(node));
  return container;
}

function Bomb({ error }: { readonly error: unknown }): ReactNode {
  throw error;
}

const boundary = (props: MetlogErrorBoundaryProps, ...children: ReactNode[]): ReactNode =>
  createElement(MetlogErrorBoundary, props, ...children);
const bomb = (error: unknown): ReactNode => createElement(Bomb, { error });
const exceptionOf = (message: Message | undefined) => message?.metadata['exception'];

describe('MetlogErrorBoundary', () => {
  it('shows its children', () => {
    expect(render(boundary({ fallback: 'sorry' }, 'all well')).textContent).toBe('all well');
  });

  it('sends what one of them throws, with the components around it, and shows the fallback', () => {
    const { metlog, messages } = createTestMetlog();
    const container = render(boundary({ metlog, fallback: 'sorry' }, bomb(new TypeError('boom'))));
    expect(container.textContent).toBe('sorry');
    expect(messages()).toMatchObject([
      {
        type: 'exception',
        severity: 3,
        metadata: {
          exception: { type: 'TypeError', value: 'boom', handled: true, mechanism: 'react' },
          componentStack: expect.stringMatching(/^at Bomb/) as unknown,
        },
      },
    ]);
  });

  it('shows nothing where it has no fallback', () => {
    const { metlog } = createTestMetlog();
    expect(render(boundary({ metlog }, bomb('just text'))).textContent).toBe('');
  });

  it('gives a function the error, whatever was thrown, and a way to show the children again', () => {
    const { metlog, messages } = createTestMetlog();
    let isBroken = true;
    function Sometimes(): ReactNode {
      if (isBroken) throw null;
      return 'all well';
    }
    const fallback = (error: unknown, reset: () => void): ReactNode =>
      createElement('button', { onClick: reset }, `failed: ${String(error)}`);
    const container = render(boundary({ metlog, fallback }, createElement(Sometimes)));
    expect(container.textContent).toBe('failed: null');
    isBroken = false;
    flushSync(() => container.querySelector('button')!.click());
    expect(container.textContent).toBe('all well');
    expect(exceptionOf(messages()[0])).toMatchObject({ type: 'null', value: 'null' });
  });

  it("takes the provider's client, and without one the default client", () => {
    const provided = createTestMetlog();
    const byDefault = createTestMetlog();
    setDefaultClient(byDefault.metlog);
    render(createElement(MetlogProvider, { metlog: provided.metlog }, boundary({}, bomb(new Error('provided')))));
    render(boundary({}, bomb(new Error('by default'))));
    expect(exceptionOf(provided.messages()[0])).toMatchObject({ value: 'provided' });
    expect(exceptionOf(byDefault.messages()[0])).toMatchObject({ value: 'by default' });
  });

  it('shows the fallback, and is silent, until there is a client', () => {
    expect(render(boundary({ fallback: 'sorry' }, bomb(new Error('boom')))).textContent).toBe('sorry');
  });

  it('keeps little of a long list of components', () => {
    const { metlog, messages } = createTestMetlog();
    let tree = bomb(new Error('deep'));
    for (let depth = 0; depth < 1_000; depth += 1) tree = createElement('div', null, tree);
    render(boundary({ metlog }, tree));
    expect(messages()[0]?.metadata['componentStack']).toHaveLength(8_192);
  });
});

describe('rootHandlers', () => {
  it('sends what no boundary caught as unhandled, and once where the page captures errors too', () => {
    const { metlog, messages } = createTestMetlog({ capture: [errors()] });
    onTestFinished(() => metlog.close());
    const seen: unknown[] = [];
    // The browser's way; happy-dom has none.
    vi.stubGlobal('reportError', (error: unknown) => {
      seen.push(error);
      dispatchEvent(new ErrorEvent('error', { error, message: String(error) }));
    });
    const error = new Error('uncaught');
    render(bomb(error), rootHandlers(metlog));
    expect(seen).toEqual([error]);
    expect(messages()).toMatchObject([
      {
        metadata: {
          exception: { value: 'uncaught', handled: false, mechanism: 'react' },
          componentStack: expect.stringMatching(/^at Bomb/) as unknown,
        },
      },
    ]);
  });

  it('sends what a boundary of any kind caught, once, and prints it as React does', () => {
    const { metlog, messages } = createTestMetlog();
    const error = new Error('caught');
    render(boundary({ metlog }, bomb(error)), rootHandlers(metlog));
    expect(messages()).toMatchObject([{ metadata: { exception: { value: 'caught', handled: true } } }]);
    expect(console.error).toHaveBeenCalledWith(error);
  });

  it.each(['just text', 5, null, undefined])('sends %j, which a component threw, once', (thrown) => {
    const { metlog, messages } = createTestMetlog({ capture: [errors()] });
    onTestFinished(() => metlog.close());
    vi.stubGlobal('reportError', (error: unknown) =>
      dispatchEvent(new ErrorEvent('error', { error, message: `Uncaught ${String(error)}` })),
    );
    const handlers = rootHandlers(metlog);
    render(bomb(thrown), handlers);
    render(boundary({ metlog }, bomb(thrown)), handlers);
    handlers.onRecoverableError(thrown, {});
    expect(messages().map(exceptionOf)).toMatchObject([{ handled: false }, { handled: true }, { handled: true }]);
  });

  it('sends the same text twice that two components threw', () => {
    const { metlog, messages } = createTestMetlog();
    const twice = [0, 1].map((key) => createElement(MetlogErrorBoundary, { metlog, key }, bomb('just text')));
    render(createElement('div', null, twice), rootHandlers(metlog));
    expect(messages()).toHaveLength(2);
  });

  it('sends what React recovered from as a warning', () => {
    const { metlog, messages } = createTestMetlog();
    vi.stubGlobal('reportError', undefined);
    const error = new Error('hydration failed', { cause: new Error('text differs') });
    rootHandlers(metlog).onRecoverableError(error, { componentStack: null });
    expect(messages()).toMatchObject([
      { severity: 4, metadata: { exception: { handled: true, cause: { value: 'text differs' } } } },
    ]);
    expect(messages()[0]?.metadata).not.toHaveProperty('componentStack');
    expect(console.error).toHaveBeenCalledWith(error);
  });

  it('uses the default client, whichever that is when something happens', () => {
    vi.stubGlobal('reportError', undefined);
    const handlers = rootHandlers();
    handlers.onUncaughtError(new Error('early'), {});
    const { metlog, messages } = createTestMetlog();
    setDefaultClient(metlog);
    handlers.onUncaughtError(new Error('late'), {});
    expect(messages().map(exceptionOf)).toMatchObject([{ value: 'late' }]);
  });
});

describe('useMetlog', () => {
  function Counter({ name }: { readonly name: string }): ReactNode {
    const metlog = useMetlog();
    const [first] = useState(metlog);
    metlog.incr(name);
    return String(first === metlog);
  }

  it("answers the provider's client", () => {
    const { metlog, messages } = createTestMetlog();
    const counter = createElement(Counter, { name: 'seen' });
    const container = render(createElement(MetlogProvider, { metlog }, counter));
    expect(container.textContent).toBe('true');
    expect(messages()).toMatchObject([{ metadata: { name: 'seen' } }]);
  });

  it('answers the default client without one', () => {
    const { metlog, messages } = createTestMetlog();
    render(createElement(Counter, { name: 'before' }));
    setDefaultClient(metlog);
    render(createElement(Counter, { name: 'after' }));
    expect(messages()).toMatchObject([{ metadata: { name: 'after' } }]);
  });
});
