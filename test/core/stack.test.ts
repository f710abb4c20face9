import { describe, expect, it } from 'vitest';
import { parseStack } from '../../src/core/stack.ts';

describe('parseStack', () => {
  it('reads what V8 writes, innermost last', () => {
    const frames = parseStack(`TypeError: boom
    at Shop.order (file:///app/src/shop.js:10:15)
    at async Promise.all (index 0)
    at async handle (/app/src/server.js:3:5)
    at new Cart (/app/node_modules/cart/index.js:7:1)
    at /app/src/main.js:1:2
    at node:internal/main/run_main_module:23:47
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at Array.map (<anonymous>)
    at eval (eval at run (/app/src/eval.js:5:3), <anonymous>:1:1)`);
    expect(frames.map(({ function: called, filename, lineno, in_app }) => [called, filename, lineno, in_app])).toEqual([
      ['eval', expect.any(String), expect.any(Number), expect.any(Boolean)],
      ['Array.map', '<anonymous>', undefined, false],
      ['process.processTicksAndRejections', 'node:internal/process/task_queues', 95, false],
      [undefined, 'node:internal/main/run_main_module', 23, false],
      [undefined, '/app/src/main.js', 1, true],
      ['new Cart', '/app/node_modules/cart/index.js', 7, false],
      ['handle', '/app/src/server.js', 3, true],
      ['Promise.all', 'index 0', undefined, false],
      ['Shop.order', '/app/src/shop.js', 10, true],
    ]);
    expect(frames.at(-1)?.colno).toBe(15);
  });

  it('reads Windows paths', () => {
    expect(parseStack('    at order (C:\\app\\shop.js:10:15)')).toEqual([
      { function: 'order', filename: 'C:\\app\\shop.js', lineno: 10, colno: 15, in_app: true },
    ]);
  });

  it('reads what Firefox writes', () => {
    expect(parseStack('order@https://shop.example/app.js:10:15\nasync*@https://shop.example/app.js:20:1\n')).toEqual([
      { filename: 'https://shop.example/app.js', lineno: 20, colno: 1, in_app: true, is_async: true },
      { function: 'order', filename: 'https://shop.example/app.js', lineno: 10, colno: 15, in_app: true },
    ]);
  });

  it('reads what Safari writes', () => {
    expect(
      parseStack(
        'order@https://shop.example/app.js:10:15\nmap@[native code]\nglobal code@https://shop.example/app.js:1:1',
      ),
    ).toEqual([
      { function: 'global code', filename: 'https://shop.example/app.js', lineno: 1, colno: 1, in_app: true },
      { function: 'order', filename: 'https://shop.example/app.js', lineno: 10, colno: 15, in_app: true },
    ]);
  });

  it('finds what was evaluated where it was handed over', () => {
    const places = (stack: string): unknown[] =>
      parseStack(stack).map(({ function: called, filename, lineno, colno }) => [called, filename, lineno, colno]);
    expect(places('    at eval (eval at run (http://a.example/app.js:5:3), <anonymous>:1:7)')).toEqual([
      ['eval', 'http://a.example/app.js', 5, 3],
    ]);
    expect(places('    at f (eval at run (eval at go (http://a.example/app.js:21:17)), <anonymous>:1:30)')).toEqual([
      ['f', 'http://a.example/app.js', 21, 17],
    ]);
    expect(
      places('@http://a.example/app.js line 3 > eval:1:1\nf@http://a.example/app.js line 4 > Function:1:1'),
    ).toEqual([
      ['f', 'http://a.example/app.js', 4, undefined],
      [undefined, 'http://a.example/app.js', 3, undefined],
    ]);
  });

  it('reads frames of WebAssembly, which have no lines', () => {
    const frame = { function: 'grow', filename: 'https://shop.example/a.wasm', in_app: true };
    expect(parseStack('    at grow (https://shop.example/a.wasm:wasm-function[3]:0x1a2)')).toEqual([frame]);
    expect(parseStack('grow@https://shop.example/a.wasm:wasm-function[3]:0x1a2')).toEqual([frame]);
  });

  it('tells who only waited', () => {
    const waiting = (stack: string): unknown[] =>
      parseStack(stack).map(({ function: called, is_async }) => [called, is_async ?? false]);
    expect(waiting('    at a (/x.js:1:1)\n    at async b (/x.js:2:1)\n    at async /x.js:3:1')).toEqual([
      [undefined, true],
      ['b', true],
      ['a', false],
    ]);
    expect(waiting('a@http://x.example/x.js:1:1\nsetTimeout handler*b@http://x.example/x.js:2:1')).toEqual([
      ['b', true],
      ['a', false],
    ]);
  });

  it.each([
    'chrome-extension://abc/content.js',
    'moz-extension://abc/content.js',
    'safari-web-extension://abc/content.js',
    'webkit-masked-url://hidden/',
  ])('takes %s for no code of the application', (filename) => {
    expect(parseStack(`f@${filename}:1:1`)).toMatchObject([{ in_app: false }]);
  });

  it('takes no message for a frame', () => {
    expect(parseStack('Error: mail to a@b.example failed\nsee user@host')).toEqual([]);
    expect(parseStack('')).toEqual([]);
  });

  it('keeps fifty frames, the innermost ones', () => {
    const stack = Array.from({ length: 500 }, (_, index) => `    at f${index} (/app/a.js:${index + 1}:1)`).join('\n');
    const frames = parseStack(stack);
    expect(frames).toHaveLength(50);
    expect(frames.at(-1)?.function).toBe('f0');
  });

  it('comes to an end on lines made to keep a pattern busy', () => {
    const lines = [
      `    at ${'('.repeat(50_000)}`,
      `    at ${':1'.repeat(50_000)}x`,
      '@'.repeat(50_000),
      `    at ${'a ('.repeat(20_000)}`,
    ];
    for (const line of lines) expect(parseStack(line).length).toBeLessThanOrEqual(1);
  });
});

describe('a hostile stack', () => {
  it.each([
    ['brackets before a carriage return', `Error: x\n   at ${' ('.repeat(200_000)}\r`],
    ['ats before a line separator', `Error: ${'@'.repeat(400_000)}\u2028`],
    ['colons', `Error: x\n    at ${':1'.repeat(200_000)} `],
    ['blank lines', `Error: ${'\n'.repeat(400_000)}`],
  ])('of %s is read in one pass', (_, stack) => {
    expect(parseStack(stack).length).toBeLessThanOrEqual(1);
  });
});
