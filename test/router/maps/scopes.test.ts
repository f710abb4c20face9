import { describe, expect, it } from 'vitest';
import { functionAt, readScopes, SCOPES_KEY } from '../../../src/router/maps/scopes.ts';

describe('functionAt', () => {
  // outer: 1:0–9:1, in it inner 2:4–4:5 and an arrow 6:10–6:30; then last 12:0–12:40
  const scopes = {
    names: ['outer', 'inner', 'last'],
    functions: [1, 0, 9, 1, 0, 2, 4, 4, 5, 1, 6, 10, 6, 30, -1, 12, 0, 12, 40, 2],
  };

  it.each([
    ['', 0, 0],
    ['outer', 1, 0],
    ['outer', 2, 3],
    ['inner', 2, 4],
    ['inner', 4, 4],
    ['outer', 4, 5],
    ['', 6, 29],
    ['outer', 6, 30],
    ['', 9, 1],
    ['', 11, 500],
    ['last', 12, 39],
    ['', 99, 0],
  ])('finds %j at line %i, column %i', (name, line, column) => {
    expect(functionAt(scopes, line, column)).toBe(name);
  });

  it('finds nothing where there is nothing', () => {
    expect(functionAt({ names: [], functions: [] }, 0, 0)).toBe('');
  });
});

describe('readScopes', () => {
  it.each([
    undefined,
    'x',
    { names: [1], functions: [] },
    { names: [], functions: [1, 2, 3, 4] },
    { names: [], functions: ['1', 0, 0, 0, 0] },
    { names: 'abc', functions: [] },
  ])('takes no %j', (scopes) => {
    expect(readScopes({ [SCOPES_KEY]: scopes })).toBeUndefined();
  });
});
