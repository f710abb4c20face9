import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPagePlatform } from '../../src/browser/platform.ts';

const { byteLength, randomId } = createPagePlatform();

describe("a page's platform", () => {
  it('counts bytes as an encoder does, lone surrogates included', () => {
    const encoder = new TextEncoder();
    const units = fc.array(fc.constantFrom('a', 'é', '€', '\ud83d', '\ude00', '\u07ff', '\u0800', '\uffff'));
    fc.assert(fc.property(units, (parts) => byteLength(parts.join('')) === encoder.encode(parts.join('')).length));
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => byteLength(text) === encoder.encode(text).length));
  });

  it('draws names of 96 bits', () => {
    const ids = new Set(Array.from({ length: 100 }, randomId));
    expect(ids.size).toBe(100);
    for (const id of ids) expect(id).toMatch(/^[\w-]{16}$/);
  });
});
