import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyPattern, namePattern } from '../../src/core/name-pattern.ts';

describe('namePattern', () => {
  it.each([
    ['order.placed', 'order.placed', true],
    ['order.placed', 'order.placed2', false],
    ['order.*', 'order.', true],
    ['order.*', 'orders', false],
    ['*.failed', 'login.failed', true],
    ['a*a', 'a', false],
    ['a*b*b', 'ab', false],
    ['a*b*b', 'axbxb', true],
    ['*', '', true],
    ['**', 'x', true],
    ['a.c', 'abc', false],
  ])('%s on %s: %s', (pattern, name, fits) => {
    expect(namePattern(pattern)(name)).toBe(fits);
  });

  it('agrees with the regular expression that it stands for', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    fc.assert(
      fc.property(text, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }), (pattern, name) => {
        expect(namePattern(pattern)(name)).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name));
      }),
    );
  });

  it('takes no time for a pattern that a regular expression would try for ever', () => {
    expect(namePattern(`${'*a'.repeat(100)}*b`)('a'.repeat(256))).toBe(false);
  });
});

describe('anyPattern', () => {
  it('is null for no patterns, and fits if one of them does', () => {
    expect(anyPattern([])).toBeNull();
    expect(anyPattern(['a', 'b*'])?.('bc')).toBe(true);
    expect(anyPattern(['a', 'b*'])?.('c')).toBe(false);
  });
});
