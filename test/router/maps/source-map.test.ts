import { describe, expect, it } from 'vitest';
import { readSourceMap } from '../../../src/router/maps/source-map.ts';
import { SCOPES_KEY } from '../../../src/router/maps/scopes.ts';
import { buildSource } from './support/built.ts';

const SOURCE = `
class Cart {
  addItem(price: number): void {
    if (price < 0) throw new RangeError('negative');
  }
}
function checkOut(prices: number[]): void {
  const cart = new Cart();
  prices.forEach((price) => cart.addItem(price));
}
checkOut(window.prices);
`;

describe('readSourceMap', () => {
  it('brings a frame back to its place, its function and the lines around it', async () => {
    const { map, placeOf } = await buildSource(SOURCE);
    const frame = { function: 'e.t', filename: 'https://a.example/app.js', ...placeOf('new RangeError'), in_app: true };
    expect(readSourceMap(map).trace(frame, true)).toEqual({
      function: 'addItem',
      filename: 'cart.ts',
      lineno: 4,
      colno: 26,
      in_app: true,
      pre_context: ['', 'class Cart {', '  addItem(price: number): void {'],
      context_line: "    if (price < 0) throw new RangeError('negative');",
      post_context: [
        '  }',
        '}',
        'function checkOut(prices: number[]): void {',
        '  const cart = new Cart();',
        '  prices.forEach((price) => cart.addItem(price));',
      ],
    });
    expect(readSourceMap(map).trace(frame, false)).not.toHaveProperty('context_line');
  });

  it('says no name for a function without one, and for what stands in none', async () => {
    const { map, placeOf } = await buildSource(SOURCE);
    const trace = (text: string): unknown =>
      readSourceMap(map).trace({ function: 'e', filename: 'app.js', ...placeOf(text), in_app: true }, false);
    expect(trace('.addItem(')).toMatchObject({ lineno: 9 });
    expect(trace('.addItem(')).not.toHaveProperty('function');
    expect(trace('window.prices')).toMatchObject({ lineno: 11 });
    expect(trace('window.prices')).not.toHaveProperty('function');
  });

  it('keeps the name that the engine says where the map has no functions', async () => {
    const { map, placeOf } = await buildSource(SOURCE);
    const { [SCOPES_KEY]: _, ...rest } = JSON.parse(map) as Record<string, unknown>;
    const frame = { function: 'e', filename: 'app.js', ...placeOf('new RangeError'), in_app: true };
    expect(readSourceMap(JSON.stringify(rest)).trace(frame, false)).toMatchObject({ function: 'e', lineno: 4 });
  });

  it("tells a dependency's and a bundler's sources from the application's, and says no lines of them", async () => {
    for (const [file, inApp] of [
      ['node_modules/cart/index.ts', false],
      ['webpack/runtime/cart.ts', false],
      ['src/cart.ts', true],
    ] as const) {
      const { map, placeOf } = await buildSource(SOURCE, file);
      const frame = { filename: 'app.js', ...placeOf('new RangeError'), in_app: true };
      const traced = readSourceMap(map).trace(frame, true);
      expect(traced).toMatchObject({ filename: file, in_app: inApp });
      expect(traced !== null && 'context_line' in traced).toBe(inApp);
    }
    const { map, placeOf } = await buildSource(SOURCE);
    const ignoring = JSON.stringify({ ...(JSON.parse(map) as object), ignoreList: [0] });
    const frame = { filename: 'app.js', ...placeOf('new RangeError'), in_app: true };
    expect(readSourceMap(ignoring).trace(frame, true)).toMatchObject({ in_app: false });
  });

  it('reads a map of sections', async () => {
    const { map, placeOf } = await buildSource(SOURCE);
    const sections = [{ offset: { line: 3, column: 0 }, map: JSON.parse(map) as unknown }];
    const { lineno, colno } = placeOf('new RangeError');
    const frame = { filename: 'app.js', lineno: lineno + 3, colno, in_app: true };
    expect(readSourceMap(JSON.stringify({ version: 3, sections })).trace(frame, true)).toMatchObject({ lineno: 4 });
  });

  it('leaves a frame whose place is none of its script', async () => {
    const { map } = await buildSource(SOURCE);
    for (const place of [
      {},
      { lineno: 1 },
      { lineno: 0, colno: 5 },
      { lineno: 1, colno: 0 },
      { lineno: 1e9, colno: 1e9 },
    ])
      expect(readSourceMap(map).trace({ filename: 'app.js', in_app: true, ...place }, true)).toBeNull();
  });

  it.each([
    'x',
    '[]',
    '7',
    '{}',
    '{"version":3}',
    '{"version":3,"sources":7,"names":[],"mappings":"AAAA"}',
    '{"version":3,"sources":[],"names":[],"mappings":{}}',
    '{"version":3,"sources":["a"],"names":[],"mappings":"AAAA","ignoreList":7}',
  ])('throws for %s', (text) => {
    expect(() => readSourceMap(text)).toThrow();
  });

  it.each([
    ['sources that are not there', { sources: [], sourcesContent: [] }],
    ['sources that are no text', { sources: [7], sourcesContent: [7] }],
    ['content that is no text', { sources: ['a.ts'], sourcesContent: [{}] }],
  ])('survives %s', async (_, wrong) => {
    const { map, placeOf } = await buildSource(SOURCE);
    const text = JSON.stringify({ ...(JSON.parse(map) as object), ...wrong });
    const frame = { filename: 'app.js', ...placeOf('new RangeError'), in_app: true };
    let traced: unknown;
    try {
      traced = readSourceMap(text).trace(frame, true);
    } catch (error) {
      // Found out when it is read, not later.
      expect(() => readSourceMap(text)).toThrow(error);
    }
    expect(JSON.stringify(traced ?? null)).not.toContain('context_line');
  });
});
