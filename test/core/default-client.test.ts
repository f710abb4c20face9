import { afterEach, describe, expect, it, vi } from 'vitest';
import * as sdk from '../../src/core/default-client.ts';
import type { Metlog } from '../../src/node/index.ts';
import { createTestMetlog } from '../../src/testing/index.ts';

const KEY = Symbol.for('metlog.default');

function configure() {
  const test = createTestMetlog({ logger: 'shop' });
  sdk.setDefaultClient(test.metlog);
  return test;
}

afterEach(() => {
  Reflect.deleteProperty(globalThis, KEY);
  vi.resetModules();
});

describe('the default client', () => {
  it('is silent, and runs what it is given, until it is configured', async () => {
    sdk.send('x');
    sdk.incr('a');
    sdk.gauge('a', 1);
    sdk.timing('a', 1);
    sdk.exception(new Error('x'));
    sdk.info('x');
    sdk.addFlavor('f', {});
    sdk.setMetadata({});
    sdk.use({ name: 'p' });
    sdk.setMetlogDest('127.0.0.1', 1);
    expect(sdk.time('a', () => 5)).toBe(5);
    expect(sdk.timer('a').stop()).toBe(0);
    using _ = sdk.timer('a');
    expect(await sdk.flush()).toBe(true);
    await sdk.close();
    expect(sdk.getMetlog()).toBeNull();
    expect(sdk.stats()).toEqual({ accepted: 0, sent: 0, queued: 0, merged: 0, dropped: {} });
  });

  it('has every method of a client but child as a function', () => {
    const { metlog } = configure();
    const methods = Object.keys(metlog).filter((name) => name !== 'child');
    expect(Object.keys(sdk)).toEqual(expect.arrayContaining(methods));
  });

  it('does what its methods do', () => {
    const { metlog, messages } = configure();
    sdk.addFlavor('f', { tier: 1 });
    sdk.setMetadata({ user: 'u1' });
    sdk.incr('a', { flavors: ['f'] });
    sdk.gauge('b', 2);
    sdk.timing('c', 3);
    sdk.send('x', { payload: 'y' });
    sdk.time('d', () => 1);
    sdk.timer('e').stop();
    for (const level of ['debug', 'info', 'notice', 'warn', 'error', 'critical', 'alert', 'emergency'] as const) {
      sdk[level](level);
    }
    sdk.exception('boom');
    expect(sdk.getMetlog()).toBe(metlog);
    expect(messages()).toHaveLength(15);
    expect(sdk.stats()).toEqual(metlog.stats);
    expect(messages().find(({ metadata }) => metadata['name'] === 'a')?.metadata).toMatchObject({
      tier: 1,
      user: 'u1',
    });
  });

  it('times what was wrapped before it was configured', async () => {
    const work = sdk.timer('work').wrap(async (value: number) => value * 2);
    expect(await work(1)).toBe(2);
    const { messages } = configure();
    expect(await work(2)).toBe(4);
    expect(messages()).toMatchObject([{ type: 'timer', metadata: { name: 'work' } }]);
  });

  it('closes the one before it', async () => {
    const first = configure();
    sdk.incr('a');
    const second = configure();
    sdk.incr('b');
    await first.platform.settle();
    expect(first.messages()).toHaveLength(1);
    expect(first.transports[0]?.isClosed).toBe(true);
    expect(second.messages()).toHaveLength(1);
  });

  it('is one for all copies of the package', async () => {
    const { messages } = configure();
    vi.resetModules();
    const copy = await import('../../src/core/default-client.ts');
    expect(copy.incr).not.toBe(sdk.incr);
    copy.incr('from the copy');
    expect(messages()).toHaveLength(1);
    expect(copy.getMetlog()).toBe(sdk.getMetlog());
  });

  it('leaves the state of another version alone, and works beside it', () => {
    const foreign = { version: 99, client: null as Metlog | null };
    Object.defineProperty(globalThis, KEY, { value: foreign, configurable: true });
    const { messages } = configure();
    sdk.incr('a');
    expect(messages()).toHaveLength(1);
    expect(foreign).toEqual({ version: 99, client: null });
  });
});
