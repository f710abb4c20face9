import { buildSync } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../../src/node/index.ts';
import { runScript } from './run-script.ts';
import { startUdpReceiver, type UdpReceiver } from './udp-receiver.ts';

let receiver: UdpReceiver;

beforeEach(async () => {
  receiver = await startUdpReceiver();
});

afterEach(() => receiver.close());

const WITH = `
  import { createMetlog } from 'NODE';
  import { uncaught } from 'CAPTURES';
  globalThis.metlog = createMetlog({ capture: [uncaught()] });
  globalThis.report = (work) => { try { work(); } catch (error) { metlog.exception(error); } };`;
const WITH_CJS = `
  const { createMetlog } = require('CJS');
  const { uncaught } = require('CAPTURES_CJS');
  globalThis.metlog = createMetlog({ capture: [uncaught()] });
  globalThis.report = (work) => { try { work(); } catch (error) { metlog.exception(error); } };`;

interface Frame {
  readonly function?: string;
  readonly filename?: string;
  readonly lineno?: number;
  readonly context_line?: string;
  readonly vars?: Readonly<Record<string, unknown>>;
}

interface Described {
  readonly type: string;
  readonly frames: readonly Frame[];
  readonly cause?: Described;
}

const described = ({ metadata }: Message): Described => metadata['exception'] as unknown as Described;
/** The innermost frame. */
const inner = (message: Message): Frame => described(message).frames.at(-1)!;

/** What arrives of a script, whose `main` comes first; it ends by itself, and says nothing. */
async function sent(
  main: string,
  count = 1,
  files: Readonly<Record<string, string>> = {},
): Promise<readonly Message[]> {
  const env = { METLOG_DEST: `udp://127.0.0.1:${receiver.port}` };
  const source = main.replace(/^\n/, '');
  const result = await runScript({ 'main.mjs': `import './with.mjs';\n${source}`, 'with.mjs': WITH, ...files }, env);
  expect(result).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
  const messages = await receiver.receivedMessages(count);
  expect(messages).toHaveLength(count);
  return messages;
}

describe('the variables of a call that threw', () => {
  it('are its parameters, its own, those around it, and this', async () => {
    const [message] = await sent(`
      class Shop {
        name = 'corner';
        order(id, { express }, ...rest) {
          const price = 12.5;
          const check = (amount) => { if (amount > limit) throw new Error(price + rest.length); };
          check(price);
        }
      }
      function open(limit) { return limit; }
      const limit = open(10);
      report(() => new Shop().order(7, { express: true }, 'a', 'b'));`);
    const frames = described(message!).frames.filter(({ vars }) => vars);
    expect(frames.at(-1)).toMatchObject({
      function: 'check',
      vars: { amount: 12.5, price: 12.5, rest: ['a', 'b'], limit: 10 },
    });
    expect(frames.at(-2)).toMatchObject({
      function: 'Shop.order',
      vars: {
        this: { '[class]': 'Shop', name: 'corner' },
        id: 7,
        express: true,
        check: '[function check]',
      },
    });
    expect(message!.payload).toContain(
      '\\n        amount = 12.5\\n        price = 12.5\\n        rest = ["a","b"]\\n'.replaceAll('\\n', '\n'),
    );
  });

  it('are the innermost of a name, in each call of a recursion', async () => {
    const [message] = await sent(`
      function down(n, word = 'outer') {
        if (n === 0) { const word = 'inner'; { const n = 'innermost'; throw new Error(word + n); } }
        down(n - 1);
      }
      report(() => down(3));`);
    const vars = described(message!)
      .frames.filter((frame) => frame.function === 'down')
      .map((frame) => frame.vars);
    expect(vars).toMatchObject([
      { n: 3, word: 'outer' },
      { n: 2, word: 'outer' },
      { n: 1, word: 'outer' },
      { n: 'innermost', word: 'inner' },
    ]);
  });

  it('are shown by their kinds, and nothing of the application is run for that', async () => {
    const [message] = await sent(`
      class Money { #cents = 5; constructor() { this.currency = 'EUR'; } get cents() { console.log('a getter'); return this.#cents; } toJSON() { console.log('toJSON'); } }
      class Loud extends Map { entries() { console.log('entries'); } [Symbol.iterator]() { console.log('iterator'); } get size() { console.log('size'); return 1; } }
      const trap = (name) => () => { console.log(name); };
      const handler = Object.fromEntries(['get', 'ownKeys', 'has', 'getPrototypeOf', 'getOwnPropertyDescriptor'].map((name) => [name, trap(name)]));
      function work() {
        const map = new Map([['a', 1], [{ key: 1 }, new Set(['x'])]]);
        const set = new Set([1, null, undefined]);
        const money = new Money();
        const own = { get value() { console.log('own getter'); }, plain: 1 };
        const proxy = new Proxy({}, handler);
        const callable = new Proxy(function () {}, handler);
        const inherits = Object.create(proxy, { shown: { value: 1, enumerable: true } });
        const loud = new Loud([['k', 'v']]);
        const error = Object.defineProperty(new TypeError('inner'), 'stack', { get() { console.log('stack'); } });
        const when = new Date(0), pattern = /a+/g, bytes = new Uint8Array(3), promise = Promise.resolve(1);
        const big = 10n ** 20n, huge = 1n << 100000n, nan = NaN, symbol = Symbol('s'), nothing = null;
        const bare = Object.assign(Object.create(null), { a: 1 });
        const loop = {}; loop.self = loop;
        const deep = { a: { b: { c: { d: {} } } }, list: [[[[1]]]] };
        throw new Error('all');
      }
      report(work);`);
    expect(inner(message!).vars).toEqual({
      map: { '[class]': 'Map', a: 1, '[Object]': ['x'] },
      set: [1, null, '[undefined]'],
      money: { '[class]': 'Money', currency: 'EUR' },
      own: { value: '[getter]', plain: 1 },
      proxy: '[proxy]',
      callable: '[proxy]',
      inherits: { shown: 1 },
      loud: { '[class]': 'Map', k: 'v' },
      error: '[TypeError: inner]',
      when: '1970-01-01T00:00:00.000Z',
      pattern: '/a+/',
      bytes: '[Uint8Array 3]',
      promise: '[Promise]',
      big: '100000000000000000000n',
      huge: '[bigint]',
      nan: 'NaN',
      symbol: 'Symbol(s)',
      nothing: null,
      bare: { a: 1 },
      loop: { self: '[circular]' },
      deep: { a: { b: { c: '[Object]' } }, list: [['[list]']] },
    });
  });

  it('are bounded, however much there is', async () => {
    const [message] = await sent(`
      function work() {
        const text = 'x'.repeat(10_000_000);
        const list = Array.from({ length: 1_000_000 }, (_, index) => index);
        const map = new Map(list.slice(0, 1000).map((index) => [index, { index }]));
        const object = Object.fromEntries(list.slice(0, 1000).map((index) => ['k' + index, text]));
        ${Array.from({ length: 60 }, (_, index) => `const v${index} = [text, text];`).join(' ')}
        throw new Error('all');
      }
      function further(n) { const text = 'y'.repeat(10_000_000); if (n === 0) work(); else further(n - 1); }
      report(() => further(20));`);
    const { vars } = inner(message!);
    expect(vars).toMatchObject({
      text: `${'x'.repeat(256)}… 9999744 more`,
      list: expect.arrayContaining(['… 999980 more']) as unknown,
    });
    expect(vars!['map']).toMatchObject({ '…': '980 more' });
    expect(vars!['object']).toMatchObject({ '…': '980 more' });
    expect(Object.keys(vars!)).toHaveLength(25);
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(120_000);
    expect(message!.metadata).not.toHaveProperty('truncated');
  });

  it('are bounded in what stands around a call too', async () => {
    const [message] = await sent(`
      const cache = Buffer.alloc(256 * 1024 * 1024);
      const rows = new Array(5_000_000).fill(7);
      function work() { throw new Error(String(cache.length + rows.length)); }
      report(work);`);
    const { vars } = inner(message!);
    expect(Object.keys(vars!).sort()).toEqual(['cache', 'rows']);
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(20_000);
  });

  it('keep secrets to themselves, in the payload too', async () => {
    const [message] = await sent(`
      function work(user) {
        const password = user.secret, apiKey = [1, 2];
        const headers = new Map([['authorization', 'Bearer ' + user.secret]]);
        const rawHeaders = ['Host', 'shop', 'Cookie', 'sid=' + user.secret];
        const url = '/pay?token=' + user.secret + '&id=5';
        const body = JSON.stringify({ card: 1, password: user.secret });
        const line = 'Authorization: Bearer ' + user.secret;
        throw new Error('no');
      }
      const user = { name: 'ann', secret: ['hun', 'ter2'].join('') };
      report(() => work(user));`);
    expect(JSON.stringify(message)).not.toContain('hunter2');
    expect(inner(message!).vars).toEqual({
      user: { name: 'ann', secret: '[redacted]' },
      password: '[redacted]',
      apiKey: '[redacted]',
      headers: { '[class]': 'Map', authorization: '[redacted]' },
      rawHeaders: ['Host', 'shop', 'Cookie', '[redacted]'],
      url: '/pay?token=[redacted]&id=5',
      body: '{"card":1,"password":"[redacted]"}',
      line: 'Authorization: [redacted]',
    });
    expect(message!.payload).toContain('        password = "[redacted]"\n');
  });

  it('are those at the throw, not at the report, and of causes and rejections too', async () => {
    const messages = await sent(
      `
      async function load(id) { await null; const step = 'loading'; throw new Error('load'); }
      async function run() {
        let count = 1;
        const raise = () => { throw new Error('raised'); };
        try { raise(); } catch (error) { count = 2; await null; metlog.exception(error); }
        try { try { await load(4); } catch (cause) { const state = 'wrapping'; throw new Error('wrapped', { cause }); } } catch (error) { metlog.exception(error); }
        const reason = new Error('rejected'), where = 'here';
        await Promise.reject(reason).catch((error) => metlog.exception(error));
      }
      await run();`,
      3,
    );
    const [raised, wrapped, rejected] = messages.map(described);
    expect(raised!.frames.find((frame) => frame.function === 'run')?.vars).toMatchObject({ count: 1 });
    expect(wrapped!.frames.at(-1)).toMatchObject({ vars: { state: 'wrapping' } });
    expect(wrapped!.cause!.frames.at(-1)).toMatchObject({ function: 'load', vars: { id: 4, step: 'loading' } });
    expect(rejected!.frames.at(-1)).toMatchObject({ vars: { where: 'here' } });
  });

  it('belong to the call that made the error, where another throws it', async () => {
    const [message] = await sent(`
      function make(detail) { return new RangeError(detail); }
      function fail(code) { const error = make('made elsewhere'); throw error; }
      report(() => fail(5));`);
    const frames = described(message!).frames;
    expect(frames.at(-1)).toMatchObject({ function: 'make' });
    expect(frames.at(-1)).not.toHaveProperty('vars');
    expect(frames.at(-2)).toMatchObject({ function: 'fail', vars: { code: 5, error: '[RangeError: made elsewhere]' } });
  });

  it('are found in CommonJS, without what Node gives each module', async () => {
    const main = `require('./with.cjs');
      const limit = 3;
      function work(id) { const over = id - limit; throw new Error('over'); }
      report(() => work(5));`;
    const env = { METLOG_DEST: `udp://127.0.0.1:${receiver.port}` };
    expect(await runScript({ 'main.cjs': main, 'with.cjs': WITH_CJS }, env)).toMatchObject({ code: 0, stderr: '' });
    const [message] = await receiver.receivedMessages(1);
    expect(inner(message!).vars).toEqual({ id: 5, over: 2, limit: 3 });
  });

  it('are found in a worker thread', async () => {
    const [message] = await sent(
      `import { Worker } from 'node:worker_threads'; new Worker(new URL('./worker.mjs', import.meta.url));`,
      1,
      {
        'worker.mjs': `import './with.mjs'; function work(id) { throw new Error('in a worker'); } report(() => work(5));`,
      },
    );
    expect(inner(message!)).toMatchObject({ function: 'work', vars: { id: 5 } });
  });
});

const TYPESCRIPT = `interface Order { readonly id: number; readonly total: number }

class Bank {
  /** Declines all. */
  charge(order: Order, attempt: number): never {
    const message: string = \`declined \${order.id}\`;
    throw new RangeError(message);
  }
}

declare const report: (work: () => void) => void;
export function checkout(order: Order): void {
  report(() => new Bank().charge(order, 2));
}
checkout({ id: 7, total: 1 });
`;

describe('code that was built', () => {
  it.each([
    ['TypeScript with a map beside it', { sourcemap: true, minify: false }],
    ['TypeScript with a map in it', { sourcemap: 'inline', minify: false }],
    ['minified, with a map', { sourcemap: true, minify: true }],
  ] as const)('is told by its sources, with variables: %s', async (_, options) => {
    const { outputFiles } = buildSync({
      stdin: { contents: TYPESCRIPT, sourcefile: 'src/shop.ts', loader: 'ts', resolveDir: '/' },
      format: 'esm',
      write: false,
      outfile: '/app/app.mjs',
      ...options,
    });
    const files = Object.fromEntries(
      outputFiles.map(({ path, text }) => [path.slice(path.lastIndexOf('/') + 1), text]),
    );
    const [message] = await sent(`import './app.mjs';`, 1, files);
    const frame = inner(message!);
    expect(frame).toMatchObject({
      lineno: 7,
      colno: 11,
      in_app: true,
      context_line: '    throw new RangeError(message);',
      pre_context: TYPESCRIPT.split('\n').slice(1, 6),
      post_context: TYPESCRIPT.split('\n').slice(7, 12),
    });
    expect(frame.filename).toMatch(/src\/shop\.ts$/);
    expect(frame.function).toMatch(/charge$/);
    expect(Object.values(frame.vars!)).toEqual(
      expect.arrayContaining([{ id: 7, total: 1 }, 2, 'declined 7']) as unknown,
    );
    expect(message!.payload).toMatch(/ at \S*charge \(.*src\/shop\.ts:7:11\)\n/);
  });

  it('is told by its own lines where it is minified and has no map', async () => {
    const { outputFiles } = buildSync({
      stdin: { contents: TYPESCRIPT, loader: 'ts' },
      format: 'esm',
      write: false,
      minify: true,
    });
    const [message] = await sent(`import './app.mjs';`, 1, {
      'app.mjs': `/*${' '.repeat(5_000)}*/${outputFiles[0]!.text}`,
    });
    const frame = inner(message!);
    expect(frame).toMatchObject({ lineno: 1 });
    expect(frame.context_line).toContain('throw new RangeError(');
    expect(frame.context_line!.length).toBeLessThan(200);
    expect(Object.values(frame.vars!)).toEqual(
      expect.arrayContaining([{ id: 7, total: 1 }, 2, 'declined 7']) as unknown,
    );
  });

  it.each([
    'no such map.js.map',
    'broken.map',
    'https://example.invalid/app.map',
    'data:application/json,{"version":3',
  ])('is told by its own lines where its map cannot be used: %s', async (address) => {
    const app = `report(function work() { const id = 5; throw new Error('here'); });\n//# sourceMappingURL=${address}\n`;
    const [message] = await sent(`import './app.mjs';`, 1, {
      'app.mjs': app,
      'broken.map': '{"version":3,"mappings":5}',
    });
    expect(inner(message!)).toMatchObject({ lineno: 1, context_line: app.split('\n')[0], vars: { id: 5 } });
  });
});

describe('the option locals', () => {
  const work = `function work(id) { throw new Error('x'); } try { work(5); } catch (error) { metlog.exception(error); }`;
  const start = (options: string) =>
    `import { createMetlog } from 'NODE'; import { uncaught } from 'CAPTURES';
     const metlog = createMetlog({ capture: [uncaught(${options})] }); ${work}`;

  it.each<[options: string, env: Readonly<Record<string, string>>]>([
    ['{ locals: false }', {}],
    ['', { METLOG_LOCALS: '0' }],
  ])('turns them off: %s %j', async (options, env) => {
    await runScript({ 'main.mjs': start(options) }, { METLOG_DEST: `udp://127.0.0.1:${receiver.port}`, ...env });
    const [message] = await receiver.receivedMessages(1);
    expect(inner(message!)).toMatchObject({ function: 'work' });
    expect(JSON.stringify(message)).not.toContain('"vars"');
  });

  it('is one for all clients, and holds until the last is closed', async () => {
    const source = `import { createMetlog } from 'NODE'; import { uncaught } from 'CAPTURES';
      import { isDeepStrictEqual } from 'node:util';
      const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
      const [a, b] = ['a', 'b'].map((logger) => createMetlog({ logger, capture: [uncaught()] }));
      const metlog = createMetlog();
      const attempt = (id) => { try { throw new Error('x'); } catch (error) { metlog.exception(error, { metadata: { id } }); } };
      attempt(1); await a.close(); attempt(2); await b.close(); attempt(3); console.log(isDeepStrictEqual(before, Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')));`;
    const { stdout } = await runScript({ 'main.mjs': source }, { METLOG_DEST: `udp://127.0.0.1:${receiver.port}` });
    expect(stdout).toBe('true\n');
    const messages = (await receiver.receivedMessages(3)).filter(({ type }) => type === 'exception');
    expect(messages.map((message) => inner(message).vars?.['id'])).toEqual([1, 2, undefined]);
  });

  it('leaves a debugger alone, whether it was there first or comes later', async () => {
    const source = `import inspector from 'node:inspector'; import { createMetlog } from 'NODE'; import { uncaught } from 'CAPTURES';
      const attempt = (id) => { try { throw new Error('x'); } catch (error) { metlog.exception(error); } };
      if (process.env.FIRST) inspector.open(0, '127.0.0.1');
      const metlog = createMetlog({ capture: [uncaught()] });
      attempt(1);
      if (!process.env.FIRST) inspector.open(0, '127.0.0.1');
      attempt(2);
      inspector.close();`;
    const env = { METLOG_DEST: `udp://127.0.0.1:${receiver.port}` };
    await runScript({ 'main.mjs': source }, { ...env, FIRST: '1' });
    await runScript({ 'main.mjs': source }, env);
    const messages = await receiver.receivedMessages(4);
    expect(messages.map((message) => inner(message).vars?.['id'])).toEqual([undefined, undefined, 1, undefined]);
  });

  it('rests and says so when very much is thrown', async () => {
    const source = `import { createMetlog } from 'NODE'; import { uncaught } from 'CAPTURES';
      const metlog = createMetlog({ capture: [uncaught()], onError: ({ message }) => console.log(message) });
      function attempt(id) { try { throw new Error('x'); } catch (error) { return error; } }
      const errors = Array.from({ length: 200 }, (_, id) => attempt(id));
      metlog.exception(errors[0]); metlog.exception(errors[199]);`;
    const { stdout } = await runScript({ 'main.mjs': source }, { METLOG_DEST: `udp://127.0.0.1:${receiver.port}` });
    expect(stdout).toMatch(/^so much is thrown [^\n]* left out for 5 s\n$/);
    const messages = await receiver.receivedMessages(2);
    expect(messages.map((message) => inner(message).vars?.['id'])).toEqual([0, undefined]);
  });
});
