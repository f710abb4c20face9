import { createElement, type ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import { createSSRApp, h } from 'vue';
import { renderToString as renderVue } from 'vue/server-renderer';
import { describe, expect, it, vi } from 'vitest';
import * as react from '../../src/bindings/react.ts';
import * as vue from '../../src/bindings/vue.ts';
import { createTestMetlog } from '../../src/testing/test-metlog.ts';

// In Node: there is neither page nor window.

describe('metlog/react', () => {
  function View(): ReactNode {
    react.useMetlog().incr('rendered');
    return createElement('p', null, 'hello');
  }

  it('renders on the server, with a client and without', () => {
    const { metlog, messages } = createTestMetlog();
    const tree = createElement(react.MetlogErrorBoundary, { fallback: 'sorry' }, createElement(View));
    expect(renderToString(createElement(react.MetlogProvider, { metlog }, tree))).toBe('<p>hello</p>');
    expect(renderToString(tree)).toBe('<p>hello</p>');
    expect(messages()).toMatchObject([{ metadata: { name: 'rendered' } }]);
  });

  it('has handlers that can be made on the server', () => {
    expect(Object.keys(react.rootHandlers())).toEqual(['onUncaughtError', 'onCaughtError', 'onRecoverableError']);
  });
});

describe('metlog/vue', () => {
  it('renders on the server, and sends what a component throws there', async () => {
    const { metlog, messages } = createTestMetlog();
    const view = {
      setup() {
        vue.useMetlog().incr('rendered');
        return () => h('p', 'hello');
      },
    };
    expect(await renderVue(createSSRApp(view).use(vue.metlogPlugin, { metlog }))).toBe('<p>hello</p>');
    const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const failing = {
      setup() {
        throw new Error('boom');
      },
      render: () => h('p'),
    };
    await renderVue(createSSRApp(failing).use(vue.metlogPlugin, { metlog }));
    expect(printed).toHaveBeenCalledOnce();
    printed.mockRestore();
    warned.mockRestore();
    expect(
      messages()
        .map(({ type }) => type)
        .sort(),
    ).toEqual(['counter', 'exception']);
  });
});
