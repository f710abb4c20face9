// @vitest-environment happy-dom
import { createApp, defineComponent, h, nextTick, type App, type Component } from 'vue';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { metlogPlugin, useMetlog } from '../../src/bindings/vue.ts';
import { errors } from '../../src/browser/captures/errors.ts';
import { setDefaultClient } from '../../src/core/default-client.ts';
import { createTestMetlog } from '../../src/testing/test-metlog.ts';

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  return () => {
    vi.restoreAllMocks();
    Reflect.deleteProperty(globalThis, Symbol.for('metlog.default'));
  };
});

function mount(component: Component, prepare: (app: App) => void): HTMLElement {
  const container = document.createElement('div');
  const app = createApp(component);
  prepare(app);
  app.mount(container);
  onTestFinished(() => app.unmount());
  return container;
}

const failing = (error: unknown) =>
  defineComponent({
    name: 'ShopCart',
    setup() {
      throw error;
    },
    render: () => h('p'),
  });

describe('metlogPlugin', () => {
  it('sends what a component throws, with its name and the hook, and prints it as Vue does', () => {
    const { metlog, messages } = createTestMetlog();
    const error = new TypeError('boom');
    mount(failing(error), (app) => app.use(metlogPlugin, { metlog }));
    expect(messages()).toMatchObject([
      {
        type: 'exception',
        severity: 3,
        metadata: {
          exception: { type: 'TypeError', value: 'boom', handled: false, mechanism: 'vue' },
          component: 'ShopCart',
          hook: 'setup function',
        },
      },
    ]);
    expect(console.error).toHaveBeenCalledWith(error);
  });

  it('calls the error handler that the app had, which handles the error', () => {
    const { metlog, messages } = createTestMetlog();
    const error = new Error('boom');
    const previous = vi.fn();
    mount(failing(error), (app) => {
      app.config.errorHandler = previous;
      app.use(metlogPlugin, { metlog });
    });
    expect(previous).toHaveBeenCalledExactlyOnceWith(error, expect.anything(), 'setup function');
    expect(messages()).toMatchObject([{ metadata: { exception: { value: 'boom', handled: true } } }]);
    expect(console.error).not.toHaveBeenCalled();
  });

  it('sends what an event handler throws', async () => {
    const { metlog, messages } = createTestMetlog();
    const component = {
      render: () =>
        h('button', {
          onClick: () => {
            throw new Error('clicked');
          },
        }),
    };
    const container = mount(component, (app) => app.use(metlogPlugin, { metlog }));
    container.querySelector('button')!.dispatchEvent(new Event('click'));
    await nextTick();
    expect(messages()).toMatchObject([{ metadata: { exception: { value: 'clicked' } } }]);
  });

  it('sends an error once, though a handler throws it on to the page', () => {
    const { metlog, messages } = createTestMetlog({ capture: [errors()] });
    onTestFinished(() => metlog.close());
    const error = new Error('boom');
    mount(failing(error), (app) => {
      app.config.errorHandler = () =>
        dispatchEvent(new ErrorEvent('error', { error, message: 'Uncaught Error: boom' }));
      app.use(metlogPlugin, { metlog });
    });
    expect(messages()).toHaveLength(1);
  });

  it('uses the default client where it is given none, and is silent until there is one', () => {
    mount(failing(new Error('early')), (app) => app.use(metlogPlugin));
    const { metlog, messages } = createTestMetlog();
    setDefaultClient(metlog);
    mount(failing(new Error('late')), (app) => app.use(metlogPlugin));
    expect(messages()).toMatchObject([{ metadata: { exception: { value: 'late' } } }]);
  });
});

describe('useMetlog', () => {
  const counting = (name: string) => ({
    setup() {
      const metlog = useMetlog();
      metlog.incr(name);
      return () => h('p', name);
    },
  });

  it("answers the plugin's client", () => {
    const { metlog, messages } = createTestMetlog();
    mount(counting('seen'), (app) => app.use(metlogPlugin, { metlog }));
    expect(messages()).toMatchObject([{ metadata: { name: 'seen' } }]);
  });

  it('answers the default client without one', () => {
    const { metlog, messages } = createTestMetlog();
    setDefaultClient(metlog);
    expect(mount(counting('seen'), () => undefined).textContent).toBe('seen');
    expect(messages()).toMatchObject([{ metadata: { name: 'seen' } }]);
  });
});
