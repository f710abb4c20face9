import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalText } from '../../src/core/decimal.ts';

describe('decimalText', () => {
  it.each([
    [1, '1'],
    [-2.5, '-2.5'],
    [0, '0'],
    [-0, '0'],
    [0.1 + 0.2, '0.30000000000000004'],
    [1e21, '1000000000000000000000'],
    [-1e21, '-1000000000000000000000'],
    [1e-9, '0.000000001'],
    [-1.5e-7, '-0.00000015'],
    [5e-324, '0'],
    [-5e-324, '0'],
  ])('writes %d as %s', (value, text) => expect(decimalText(value)).toBe(text));

  it('writes any finite number without an exponent, and as it was but for what is next to nothing', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = decimalText(value);
        expect(text).toMatch(/^-?\d+(?:\.\d+)?$/);
        expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(1e-20);
      }),
    );
  });
});
