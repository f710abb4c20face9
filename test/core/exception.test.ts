import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { describeException } from '../../src/core/exception.ts';
import { fingerprintOf } from '../../src/core/fingerprint.ts';
import { parseStack } from '../../src/core/stack.ts';
import { createRedaction, REDACTED_KEYS } from '../../src/core/redact.ts';

const isSecret = createRedaction(REDACTED_KEYS);
const describeIt = (thrown: unknown) => describeException(thrown, { type: 'generic', handled: true }, isSecret);

describe('describeException', () => {
  it('describes an error with type, text, frames and traceback', () => {
    const error = new TypeError('boom 7');
    const { payload, exception } = describeIt(error);
    expect(payload).toBe(error.stack);
    expect(exception).toMatchObject({ type: 'TypeError', value: 'boom 7', mechanism: 'generic', handled: true });
    const frames = exception['frames'] as { filename: string; in_app: boolean; lineno: number }[];
    expect(frames.at(-1)).toMatchObject({ filename: import.meta.filename, in_app: true });
    expect(exception['fingerprint']).toMatch(/^[0-9a-f]{16}$/);
  });

  it('follows the chain of causes, in the traceback too', () => {
    const root = new RangeError('root');
    const { payload, exception } = describeIt(new Error('top', { cause: new Error('middle', { cause: root }) }));
    expect(exception).toMatchObject({
      value: 'top',
      cause: { value: 'middle', cause: { type: 'RangeError', value: 'root' } },
    });
    expect(payload.match(/Caused by: /g)).toHaveLength(2);
    expect(payload).toContain(root.stack);
  });

  it('ends at causes that go in a circle', () => {
    const a = new Error('a');
    const b = new Error('b', { cause: a });
    a.cause = b;
    expect(describeIt(a).exception).toMatchObject({ value: 'a', cause: { value: 'b' } });
    expect(JSON.stringify(describeIt(a)).match(/"value"/g)).toHaveLength(2);
    const self = new Error('self');
    self.cause = self;
    expect(describeIt(self).exception).not.toHaveProperty('cause');
  });

  it('keeps ten of a longer chain', () => {
    let error = new Error('0');
    for (let depth = 1; depth < 100; depth += 1) error = new Error(String(depth), { cause: error });
    expect(JSON.stringify(describeIt(error).exception).match(/"value"/g)).toHaveLength(10);
  });

  it('takes causes that are no errors', () => {
    expect(describeIt(new Error('a', { cause: 'because' })).exception).toMatchObject({
      cause: { type: 'string', value: 'because' },
    });
    for (const cause of [null, undefined]) {
      expect(describeIt(new Error('a', { cause })).exception).not.toHaveProperty('cause');
    }
  });

  it('describes the members of an AggregateError, ten at most', () => {
    const members = Array.from({ length: 30 }, (_, index) => new Error(`member ${index}`));
    const { exception, payload } = describeIt(new AggregateError(members, 'all failed', { cause: new Error('why') }));
    expect(exception).toMatchObject({ type: 'AggregateError', value: 'all failed', cause: { value: 'why' } });
    expect(exception['errors']).toHaveLength(10);
    expect(exception['errors']).toMatchObject([
      { value: 'member 0' },
      { value: 'member 1' },
      {},
      {},
      {},
      {},
      {},
      {},
      {},
      {},
    ]);
    expect(payload).toContain('Caused by: Error: why');
  });

  it('takes an AggregateError that holds itself', () => {
    const error = new AggregateError([], 'all');
    error.errors.push(error, new AggregateError([error], 'inner'));
    expect(JSON.stringify(describeIt(error)).match(/"value"/g)).toHaveLength(2);
  });

  it.each<[name: string, thrown: unknown, type: string, value: string]>([
    ['a text', 'boom', 'string', 'boom'],
    ['an empty text', '', 'string', ''],
    ['a number', 42, 'number', '42'],
    ['null', null, 'null', 'null'],
    ['undefined', undefined, 'undefined', 'undefined'],
    ['a symbol', Symbol('s'), 'symbol', 'Symbol(s)'],
    ['a big integer', 5n, 'bigint', '5'],
    ['a function', String, 'function', 'function String() { [native code] }'],
    ['an object', { code: 5, password: 'x' }, 'Object', '{"code":5,"password":"[redacted]"}'],
    ['an object without a prototype', Object.create(null), 'Object', '{}'],
    ['an instance', new Map([['a', 1]]), 'Map', '{"a":1}'],
    ['a list', [1, 2], 'Array', '[1,2]'],
  ])('describes %s', (_, thrown, type, value) => {
    const { exception, payload } = describeIt(thrown);
    expect(exception).toMatchObject({ type, value, frames: [] });
    expect(payload).toBe(`${type}: ${value}`);
  });

  it('knows an error of another realm', () => {
    const error: unknown = runInNewContext('new TypeError("far")');
    expect(error).not.toBeInstanceOf(Error);
    expect(describeIt(error).exception).toMatchObject({ type: 'TypeError', value: 'far' });
  });

  it.each<[name: string, make: () => unknown]>([
    ['frozen', () => Object.freeze(new Error('boom'))],
    ['in a proxy', () => new Proxy(new Error('boom'), {})],
    ['without a stack', () => Object.assign(new Error('boom'), { stack: undefined })],
    ['whose stack is no text', () => Object.assign(new Error('boom'), { stack: { not: 'a text' } })],
    ['whose name is no text', () => Object.assign(new Error('boom'), { name: 5 })],
  ])('describes an error that is %s', (_, make) => {
    const { exception, payload } = describeIt(make());
    expect(exception).toMatchObject({ type: 'Error', value: 'boom' });
    expect(payload).toContain('boom');
  });

  it.each<[name: string, make: () => unknown]>([
    ['an object in itself', () => { const a: Record<string, unknown> = {}; a['a'] = a; return a; }], // prettier-ignore
    ['a getter that throws', () => ({ get a(): number { throw new Error('mine'); } })], // prettier-ignore
    ['an error whose message throws', () => Object.defineProperty(new Error('x'), 'message', { get() { throw new Error('mine'); } })], // prettier-ignore
    ['a revoked proxy', () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; }], // prettier-ignore
    ['what throws something without a text', () => ({ get a(): number { throw Object.create(null); } })], // prettier-ignore
  ])('still reports what cannot be read: %s', (_, make) => {
    const { exception, payload } = describeIt(make());
    expect(exception['value']).toMatch(/^what was thrown cannot be read: /);
    expect(payload).toContain('cannot be read');
  });

  it('puts what was thrown above the frames where the engine leaves it out', () => {
    const error = Object.assign(new Error('boom'), { stack: 'order@https://shop.example/app.js:10:15\n' });
    expect(describeIt(error).payload).toBe('Error: boom\norder@https://shop.example/app.js:10:15\n');
    expect(describeIt(new Error('top', { cause: error })).payload).toContain('Caused by: Error: boom\norder@');
  });
});

describe('an exception whose message is long', () => {
  const LONG = 'x'.repeat(200_000);
  const framesOf = (exception: unknown) => (exception as { frames: { filename: string }[] }).frames;

  /** What V8 adds below the message. */
  const callsOf = (error: Error) => error.stack!.slice(error.stack!.lastIndexOf('x\n') + 1);

  it('loses the end of the message alone, and says so', () => {
    const error = new TypeError(LONG);
    const { payload, exception, truncated } = describeIt(error);
    expect(payload).toMatch(/^TypeError: x{60000,}…\n {4}at /);
    expect(payload.endsWith(callsOf(error))).toBe(true);
    expect(payload.length).toBeLessThan(70_000);
    expect(exception['value']).toMatch(/^x{65536}…$/);
    expect(framesOf(exception)).toHaveLength(callsOf(error).trim().split('\n').length);
    expect(framesOf(exception).at(-1)).toMatchObject({ filename: import.meta.filename });
    expect(truncated).toEqual(['payload', 'metadata.exception.value']);
  });

  it.each<[name: string, change: (error: Error) => Error, truncated: string[]]>([
    [
      'whose name was given later',
      (error) => Object.assign(error, { name: 'OrderError' }),
      ['payload', 'metadata.exception.value'],
    ],
    ['whose message was changed', (error) => Object.assign(error, { message: 'short' }), ['payload']],
    [
      'with lines before its stack',
      (error) => Object.assign(error, { stack: `app.js:1\nshop();\n\n${error.stack}` }),
      ['payload', 'metadata.exception.value'],
    ],
  ])('keeps its frames: %s', (_, change, cut) => {
    const made = new Error(LONG);
    expect(made.stack).toContain(LONG); // the engine writes it when it is first read
    const error = change(made);
    const { payload, exception, truncated } = describeIt(error);
    expect(framesOf(exception).at(-1)).toMatchObject({ filename: import.meta.filename });
    expect(payload.endsWith(callsOf(error))).toBe(true);
    expect(truncated).toEqual(cut);
  });

  it('takes no line of its message for a call', () => {
    const quoted = `remote failed\n    at far (/far/away.js:1:2)\n`.repeat(100);
    for (const message of [quoted, quoted + LONG]) {
      const { exception } = describeIt(new Error(message));
      expect(framesOf(exception).length).toBeGreaterThan(0);
      expect(framesOf(exception).filter(({ filename }) => filename === '/far/away.js')).toEqual([]);
    }
  });

  it('is named wherever it stands: causes, members, things that are no errors', () => {
    const cause = new Error('b', { cause: new Error(LONG) });
    expect(describeIt(new Error('a', { cause })).truncated).toEqual([
      'payload',
      'metadata.exception.cause.cause.value',
    ]);
    expect(describeIt(LONG).truncated).toEqual(['payload', 'metadata.exception.value']);
    expect(describeIt({ text: LONG }).truncated).toEqual(['payload', 'metadata.exception.value']);
    expect(describeIt(new AggregateError([new Error('short'), new Error(LONG)], 'all')).truncated).toEqual([
      'metadata.exception.errors.1.value', // the traceback does not show members
    ]);
  });

  it('is whole, and nothing named, up to its bound', () => {
    const message = 'x'.repeat(65_536);
    const error = new Error(message);
    expect(describeIt(error)).toMatchObject({
      payload: error.stack,
      exception: { type: 'Error', value: message },
      truncated: [],
    });
    expect(describeIt(new Error('short')).truncated).toEqual([]);
  });
});

describe('fingerprintOf', () => {
  const frame = (called: string, filename: string, lineno = 1, in_app = true) => ({
    function: called,
    filename,
    lineno,
    in_app,
  });

  it('stays the same when lines, folders, versions and numbers in the text change', () => {
    const group = fingerprintOf('TypeError', 'order 17 failed', [frame('order', '/app/v1/shop.js', 10)]);
    expect(fingerprintOf('TypeError', 'order 18 failed', [frame('order', '/srv/v2/shop.js', 99)])).toBe(group);
    expect(fingerprintOf('TypeError', '', [frame('order', 'C:\\app\\shop.js')])).toBe(group);
    expect(fingerprintOf('TypeError', '', [frame('order', 'https://x.example/shop.js?v=2#a')])).toBe(group);
  });

  it('is pinned: the same in every release', () => {
    expect(fingerprintOf('TypeError', 'boom', [frame('order', '/app/shop.js')])).toBe('1e4973aef41c97cb');
    expect(fingerprintOf('string', 'code 5', [])).toBe('4926de93dcb233c2');
  });

  it.each([
    ['esbuild', 'app-3F2A9C7Q.js', 'app-QWERTYUI.js'],
    ['Vite', 'app-DiwrgTda.js', 'app-C_4-kkQz.js'],
    ['webpack', 'app.3f2a9c1b.js', 'app.0123456789abcdef0123.js'],
  ])('stays the same when %s gives the file another hash', (_, before, after) => {
    const group = fingerprintOf('TypeError', '', [frame('order', 'app.js')]);
    expect(fingerprintOf('TypeError', '', [frame('order', before)])).toBe(group);
    expect(fingerprintOf('TypeError', '', [frame('order', after)])).toBe(group);
  });

  it.each(['user-settings.js', 'date.helpers.js', 'jquery-3.6.0.js', 'app-v2.js', 'a_feedface.js'])(
    'takes no part of %s for a hash',
    (name) => {
      const without = name.replace(/[-._][^-._]*(?=\.js)/, '');
      expect(fingerprintOf('E', '', [frame('order', name)])).not.toBe(
        fingerprintOf('E', '', [frame('order', without)]),
      );
    },
  );

  it('is the same for one stack in every engine', () => {
    const site = 'https://shop.example/app.js';
    const stacks = {
      V8: `    at Cart.add (${site}:1:9)
    at ${site}:2:3
    at Array.forEach (<anonymous>)
    at new Order (${site}:3:3)
    at async handle (${site}:4:4)`,
      SpiderMonkey: `add@${site}:1:9\nOrder/<@${site}:2:3\nOrder@${site}:3:3\nasync*handle@${site}:4:4`,
      JavaScriptCore: `add@${site}:1:12\n@${site}:2:7\nforEach@[native code]\nOrder@${site}:3:9`,
    };
    const groups = Object.values(stacks).map((stack) => fingerprintOf('TypeError', '', parseStack(stack)));
    expect(new Set(groups).size).toBe(1);
    expect(groups[0]).not.toBe(fingerprintOf('TypeError', '', []));
  });

  it('counts who waited where no frame of the application is nearer', () => {
    const waits = { ...frame('handle', '/app/server.js'), is_async: true as const };
    const inner = frame('query', '/app/node_modules/db/index.js', 1, false);
    expect(fingerprintOf('E', '', [waits, inner])).toBe(fingerprintOf('E', '', [waits]));
    expect(fingerprintOf('E', '', [waits, frame('order', '/app/shop.js')])).toBe(
      fingerprintOf('E', '', [frame('order', '/app/shop.js')]),
    );
  });

  it('comes to an end on names made to keep a pattern busy', () => {
    for (const name of ['-', '-a', '-1', '.', 'a.', ' [as ', 'new '].map((part) => part.repeat(30_000)))
      expect(fingerprintOf('E', '', [frame(name, name)])).toMatch(/^[0-9a-f]{16}$/);
  });

  it('differs by type, function and file', () => {
    const groups = [
      fingerprintOf('TypeError', '', [frame('order', 'shop.js')]),
      fingerprintOf('RangeError', '', [frame('order', 'shop.js')]),
      fingerprintOf('TypeError', '', [frame('cancel', 'shop.js')]),
      fingerprintOf('TypeError', '', [frame('order', 'cart.js')]),
      fingerprintOf('TypeError', '', []),
    ];
    expect(new Set(groups).size).toBe(groups.length);
  });

  it('looks at the application where it can, however the runtime led there', () => {
    const own = frame('order', 'shop.js');
    const group = fingerprintOf('E', '', [own]);
    expect(
      fingerprintOf('E', '', [frame('run', 'node:vm', 1, false), own, frame('map', '<anonymous>', 1, false)]),
    ).toBe(group);
    expect(fingerprintOf('E', '', [frame('run', 'node:vm', 1, false)])).not.toBe(group);
  });

  it('goes by the text where there are no frames, its numbers left out', () => {
    expect(fingerprintOf('string', 'code 5', [])).toBe(fingerprintOf('string', 'code 66', []));
    expect(fingerprintOf('string', 'code 5', [])).not.toBe(fingerprintOf('string', 'other', []));
  });
});

describe('a hostile error', () => {
  it.each([
    ['blank lines', '\n'.repeat(300_000)],
    ['ats', `${'@'.repeat(300_000)}\r\n`],
    ['brackets', `\n   at ${' ('.repeat(300_000)}\r`],
    ['calls', '\n    at a (b:1:2)'.repeat(30_000)],
    ['names', 'a: '.repeat(100_000)],
  ])('whose message is nothing but %s costs one pass, and is cut', (_, message) => {
    const { payload, exception } = describeException(
      new Error(message),
      { type: 'generic', handled: true },
      () => false,
    );
    expect(payload.length).toBeLessThan(140_000);
    expect(JSON.stringify(exception['value']).length).toBeLessThan(140_000);
  });

  it('whose stack is almost its message over and over costs one pass, and is cut', () => {
    const stack = 'a'.repeat(20_000_000);
    const error = Object.assign(new Error(`b${'a'.repeat(10_000_000)}`), { stack });
    const { payload, truncated } = describeIt(error);
    expect(payload.length).toBeLessThan(140_000);
    expect(truncated).toEqual(['payload', 'metadata.exception.value']);
  });

  it('of members that cannot be read keeps what can be', () => {
    const errors = new Proxy([new Error('a')], {
      get: (target, key, receiver) => {
        if (key === '0') throw new Error('no');
        return Reflect.get(target, key, receiver) as unknown;
      },
    });
    const error = Object.assign(new AggregateError([], 'all failed'), { errors });
    const { exception } = describeException(error, { type: 'generic', handled: true }, () => false);
    expect(exception).toMatchObject({
      value: 'all failed',
      errors: [{ value: expect.stringContaining('cannot be read: Error: no') as string }],
    });
  });
});
