import ts from 'typescript';
import { compileFunction } from 'node:vm';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Metlog, MetlogOptions } from '../../src/node/index.ts';
import { createTestMetlog } from '../../src/testing/index.ts';

function setUp(options: MetlogOptions = {}) {
  const test = createTestMetlog({ logger: 'shop', ...options });
  const { metlog, platform, messages } = test;
  return {
    ...test,
    timer: metlog.timer,
    /** Name, milliseconds and whether it failed, of each timer that was sent. */
    timings: () =>
      messages().map(({ type, payload, metadata }) => {
        expect(type).toBe('timer');
        return [metadata['name'], Number(payload), metadata['error'] ?? false];
      }),
    pass: (ms: number) => platform.advance(ms),
  };
}

describe('a timer by hand', () => {
  it('answers the elapsed milliseconds and sends them with the time of its start', () => {
    const { timer, pass, messages } = setUp();
    const started = timer('db.query');
    pass(12.25);
    expect(started.stop()).toBe(12.25);
    expect(messages()).toMatchObject([{ payload: '12.25', timestamp: '2026-01-01T00:00:00.000Z' }]);
  });

  it('sends once, however often it is stopped, and answers the same', () => {
    const { timer, pass, timings } = setUp();
    const started = timer('a');
    pass(5);
    expect(started.stop()).toBe(5);
    pass(5);
    expect(started.stop()).toBe(5);
    started[Symbol.dispose]();
    expect(timings()).toEqual([['a', 5, false]]);
  });

  it('answers 0 and sends nothing when it was not sampled', () => {
    const { timer, pass, timings, metlog } = setUp();
    const started = timer('a', { rate: 0 });
    pass(5);
    expect(started.stop()).toBe(0);
    expect(timings()).toEqual([]);
    expect(metlog.stats.accepted).toBe(0);
  });

  it('ends with its block, also when that throws', () => {
    const { timer, pass, timings } = setUp();
    const work = (fails: boolean) => {
      using _ = timer('block');
      pass(3);
      if (fails) throw new Error('mine');
    };
    work(false);
    expect(() => work(true)).toThrow('mine');
    expect(timings()).toEqual([
      ['block', 3, false],
      ['block', 3, false],
    ]);
  });

  it('is sent nowhere unless it is stopped', () => {
    const { timer, pass, timings } = setUp();
    timer('a');
    pass(1_000);
    expect(timings()).toEqual([]);
  });

  it('writes microseconds', () => {
    const { timer, pass, messages } = setUp();
    const started = timer('a');
    pass(0.123_456);
    started.stop();
    expect(messages()[0]?.payload).toBe('0.123');
  });
});

describe('time', () => {
  it('returns what the function returns, and throws what it throws', async () => {
    const { metlog, pass, timings } = setUp();
    const error = new Error('mine');
    expect(metlog.time('a', () => (pass(1), 'result'))).toBe('result');
    expect(() =>
      metlog.time('b', () => {
        pass(2);
        throw error;
      }),
    ).toThrow(error);
    await expect(
      metlog.time('c', async () => {
        await Promise.resolve();
        pass(3);
        return 'later';
      }),
    ).resolves.toBe('later');
    await expect(
      metlog.time('d', async () => {
        await Promise.resolve();
        pass(4);
        throw error;
      }),
    ).rejects.toBe(error);
    expect(timings()).toEqual([
      ['a', 1, false],
      ['b', 2, true],
      ['c', 3, false],
      ['d', 4, true],
    ]);
  });

  it('passes on whatever is thrown, even undefined', async () => {
    const { metlog, timings } = setUp();
    const thrown = (call: () => unknown): unknown[] => {
      try {
        call();
        return [];
      } catch (error) {
        return [error];
      }
    };
    expect(thrown(() => metlog.time('a', () => { throw undefined; }))).toEqual([undefined]); // prettier-ignore
    await expect(metlog.time('a', () => Promise.reject(null))).rejects.toBeNull();
    expect(timings()).toEqual([
      ['a', 0, true],
      ['a', 0, true],
    ]);
  });

  it('times a thenable to its end', async () => {
    const { metlog, pass, timings } = setUp();
    const query = {
      then<T>(resolve: (value: string) => T): T {
        pass(7);
        return resolve('rows');
      },
    };
    expect(await metlog.time('query', () => query)).toBe('rows');
    expect(timings()).toEqual([['query', 7, false]]);
  });

  it('hands on a result that fails when it is looked at', () => {
    const { metlog, timings } = setUp();
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const odd = { get then(): never { throw new Error('do not look'); } }; // prettier-ignore
    expect(metlog.time('a', () => proxy) === proxy).toBe(true);
    expect(metlog.time('b', () => odd)).toBe(odd);
    expect(timings()).toEqual([
      ['a', 0, false],
      ['b', 0, false],
    ]);
  });

  it('runs the function though the call is wrong, and tells', () => {
    const { metlog } = setUp({ strict: false, onError: () => undefined, timers: { 'a*': 1 } });
    const wrong: [unknown, unknown][] = [
      ['', undefined],
      [Symbol('name'), undefined],
      [{ toString: null }, undefined],
      ['a', { rate: 2 }],
      ['a', { metadata: 5 }],
      ['a', 'options'],
      ['a', null],
      ['a', { get rate() { throw new Error('mine'); } }], // prettier-ignore
    ];
    for (const [name, options] of wrong)
      expect(metlog.time(name as string, () => 'ran', options as object)).toBe('ran');
    expect(metlog.stats.dropped).toEqual({ invalid: wrong.length });
  });

  it('does not throw where there is no function', () => {
    const { metlog } = setUp({ strict: false, onError: () => undefined });
    expect(metlog.time('a', undefined as unknown as () => void)).toBeUndefined();
    expect(metlog.timer('a').wrap(undefined as unknown as () => void)).toBeUndefined();
    expect(metlog.stats.dropped).toEqual({ invalid: 1 });
  });

  it('knows its types', () => {
    const { metlog } = setUp();
    expectTypeOf(metlog.time('a', () => 1)).toEqualTypeOf<number>();
    expectTypeOf(metlog.time('a', async () => 'x')).toEqualTypeOf<Promise<string>>();
    expectTypeOf(metlog.timer('a').wrap((a: number, b?: string) => `${a}${b}`)).toEqualTypeOf<
      (a: number, b?: string) => string
    >();
  });
});

describe('a wrapped function', () => {
  it('keeps this, arguments, name and length', () => {
    const { timer, timings } = setUp();
    const cart = {
      total: 2,
      add: timer('add').wrap(function add(this: { total: number }, a: number, b: number) {
        return this.total + a + b;
      }),
    };
    expect(cart.add(3, 4)).toBe(9);
    expect([cart.add.name, cart.add.length]).toEqual(['add', 2]);
    expect(timings()).toEqual([['add', 0, false]]);
  });

  it('is timed anew at each call, overlapping ones each for itself', async () => {
    const { timer, platform, timings } = setUp();
    const wait = timer('wait').wrap((ms: number) => new Promise<void>((resolve) => void platform.after(ms, resolve)));
    const pending = [wait(30), wait(10)];
    platform.advance(10);
    await platform.settle();
    platform.advance(20);
    await Promise.all(pending);
    expect(timings()).toEqual([
      ['wait', 10, false],
      ['wait', 30, false],
    ]);
  });

  it('is sampled at each call', () => {
    const { timer, timings } = setUp();
    const work = timer('work', { rate: 0.5 }).wrap(() => undefined);
    for (let index = 0; index < 1_000; index += 1) work();
    expect(timings().length).toBeGreaterThan(450);
    expect(timings().length).toBeLessThan(550);
  });

  it('that is a generator is timed from its first step to its end', () => {
    const { timer, pass, timings } = setUp();
    const count = timer('count').wrap(function* (to: number): Generator<number, string, string> {
      for (let at = 0; at < to; at += 1) {
        pass(2);
        expect(yield at).toBe(`ack ${at}`);
      }
      return 'end';
    });
    const steps = count(2);
    pass(100);
    expect(steps.next()).toEqual({ value: 0, done: false });
    expect(steps.next('ack 0')).toEqual({ value: 1, done: false });
    expect(timings()).toEqual([]);
    expect(steps.next('ack 1')).toEqual({ value: 'end', done: true });
    expect(timings()).toEqual([['count', 4, false]]);
  });

  it('that is a generator may be left early, or thrown into', () => {
    const { timer, pass, timings } = setUp();
    const closed: string[] = [];
    const endless = timer('endless').wrap(function* () {
      try {
        for (;;) {
          pass(1);
          yield 1;
        }
      } finally {
        closed.push('closed');
      }
    });
    for (const _ of endless()) break;
    const steps = endless();
    steps.next();
    const error = new Error('mine');
    expect(() => steps.throw(error)).toThrow(error);
    endless(); // never started, so never timed
    expect(closed).toEqual(['closed', 'closed']);
    expect(timings()).toEqual([
      ['endless', 1, false],
      ['endless', 1, true],
    ]);
  });

  it('that is an asynchronous generator is timed the same way', async () => {
    const { timer, pass, timings } = setUp();
    const error = new Error('mine');
    const pages = timer('pages').wrap(async function* (fails: boolean) {
      for (let page = 0; page < 2; page += 1) {
        await Promise.resolve();
        pass(5);
        yield page;
      }
      if (fails) throw error;
    });
    const seen: number[] = [];
    for await (const page of pages(false)) seen.push(page);
    for await (const _ of pages(false)) break;
    await expect(async () => {
      for await (const page of pages(true)) seen.push(page);
    }).rejects.toBe(error);
    expect(seen).toEqual([0, 1, 0, 1]);
    expect(timings()).toEqual([
      ['pages', 10, false],
      ['pages', 5, false],
      ['pages', 10, true],
    ]);
  });

  it('makes no rejection unhandled that was handled, and hides none', async () => {
    const { timer } = setUp();
    const unhandled: unknown[] = [];
    const listener = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', listener);
    try {
      const fail = timer('fail').wrap(() => Promise.reject(new Error('mine')));
      await fail().catch(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', listener);
    }
  });

  it('that is a class stays itself', () => {
    const { timer } = setUp();
    class Cart {
      total = 0;
    }
    const Wrapped = timer('cart').wrap(Cart as unknown as () => Cart) as unknown as typeof Cart;
    expect(new Wrapped()).toBeInstanceOf(Cart);
  });
});

/** Evaluates a source after TypeScript has compiled its decorators, and answers what it exports. */
function compile(source: string, experimentalDecorators: boolean, timer: Metlog['timer']): Record<string, unknown> {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, experimentalDecorators },
  });
  const exports: Record<string, unknown> = {};
  const evaluate = compileFunction(outputText, ['exports', 'timer']) as (exports: object, timer: unknown) => void;
  evaluate(exports, timer);
  return exports;
}

const DECORATED = `
  class Views {
    base = 1;
    static kind = 'views';
    @timer('method') method(a, b) { return this.base + a + b; }
    @timer('static') static make() { return this.kind; }
    @timer('getter') get value() { return this.base; }
    @timer('async') async later() { await null; return this.base; }
  }
  exports.use = async () => {
    const views = new Views();
    return [views.method(1, 2), Views.make(), views.value, await views.later(), views.method.name, views.method.length];
  };`;

const DECORATED_TC39 = `
  class Views {
    base = 1;
    @timer('private') #hidden(a) { return this.base + a; }
    @timer('field') field = (a) => a * 2;
    @timer('field of data') data = 5;
    @timer('accessor') accessor held = 6;
    @timer('setter') set value(given) { this.base = given; }
    call() { this.value = 10; return [this.#hidden(1), this.field(2), this.data, this.held]; }
  }
  @timer('class') class Whole { answer = 42; }
  exports.use = async () => [...new Views().call(), new Whole().answer];`;

describe('a decorator', () => {
  it.each([
    ['TC39', false],
    ['legacy', true],
  ])('times methods, static ones and getters: %s', async (_, experimentalDecorators) => {
    const { timer, timings } = setUp();
    const { use } = compile(DECORATED, experimentalDecorators, timer) as { use: () => Promise<unknown[]> };
    expect(timings()).toEqual([]);
    expect(await use()).toEqual([4, 'views', 1, 1, 'method', 2]);
    expect(timings().map(([name]) => name)).toEqual(['method', 'static', 'getter', 'async']);
  });

  it('of TC39 times private methods, functions in fields and setters, and leaves data and classes alone', async () => {
    const { timer, timings } = setUp();
    const { use } = compile(DECORATED_TC39, false, timer) as { use: () => Promise<unknown[]> };
    expect(await use()).toEqual([11, 4, 5, 6, 42]);
    expect(timings().map(([name]) => name)).toEqual(['setter', 'private', 'field']);
  });

  it('of the legacy kind leaves fields and classes alone', () => {
    const { timer } = setUp();
    const source = `
      @timer('class') class Views { @timer('field') data = 5; }
      exports.views = new Views();`;
    expect(compile(source, true, timer)['views']).toEqual({ data: 5 });
  });

  it.each([
    ['TC39', false],
    ['legacy', true],
  ])('changes nothing for a timer that is switched off: %s', async (_, experimentalDecorators) => {
    const { timer, timings } = setUp({ timers: { '*': 0 } });
    const { use } = compile(DECORATED, experimentalDecorators, timer) as { use: () => Promise<unknown[]> };
    expect(await use()).toEqual([4, 'views', 1, 1, 'method', 2]);
    expect(timings()).toEqual([]);
  });
});

describe('the configuration of timers', () => {
  it('wins over the rate of the call, and is what the message says', () => {
    const { metlog, messages } = setUp({ timers: { 'auth.*': 1, 'debug.*': 0 } });
    metlog.timer('auth.login', { rate: 0 }).stop();
    metlog.timing('auth.token', 1, { rate: 0 });
    metlog.timer('debug.sql', { rate: 1 }).stop();
    metlog.timing('debug.sql', 1);
    expect(metlog.time('debug.sql', () => 5, { rate: 1 })).toBe(5);
    metlog.timer('other').stop();
    expect(messages().map(({ metadata }) => [metadata['name'], metadata['rate']])).toEqual([
      ['auth.login', 1],
      ['auth.token', 1],
      ['other', 1],
    ]);
  });

  it('makes of all that are switched off one and the same, which answers 0', () => {
    const { timer } = setUp({ timers: { 'debug.*': 0 } });
    expect(timer('debug.a')).toBe(timer('debug.b'));
    expect(timer('debug.a').stop()).toBe(0);
    const work = () => 1;
    expect(timer('debug.a').wrap(work)).toBe(work);
    using _ = timer('debug.a');
  });
});

describe('timing', () => {
  it('records a duration that is known already, its start as its time', () => {
    const { metlog, messages, pass } = setUp();
    pass(5_000);
    metlog.timing('render', 1_500);
    expect(messages()).toMatchObject([
      { payload: '1500', timestamp: '2026-01-01T00:00:03.500Z', metadata: { name: 'render' } },
    ]);
  });

  it.each([Number.NaN, Infinity, '5', null, undefined, 1e300])('drops %j', (elapsed) => {
    const { metlog, messages } = setUp({ strict: false, onError: () => undefined });
    metlog.timing('render', elapsed as number);
    expect(messages()).toEqual([]);
    expect(metlog.stats).toMatchObject({ accepted: 1, dropped: { invalid: 1 } });
  });
});
