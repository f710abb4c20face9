import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wellFormed } from '../../src/core/well-formed.ts';
import { anyString, text } from './arbitraries.ts';

describe('wellFormed', () => {
  it.each([
    ['\ud800', '\ufffd'],
    ['\udc00', '\ufffd'],
    ['a\ud83d', 'a\ufffd'],
    ['\udc00\ud800', '\ufffd\ufffd'],
    ['\ud83d\ud83d\ude00', '\ufffd😀'],
  ])('replaces each half of a pair that stands alone in %j', (given, expected) => {
    expect(wellFormed(given)).toBe(expected);
  });

  it('gives what a trip through UTF-8 gives', () => {
    fc.assert(
      fc.property(anyString, (given) => {
        expect(wellFormed(given)).toBe(Buffer.from(given).toString('utf8'));
      }),
    );
  });

  it('leaves other text alone', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(wellFormed(given)).toBe(given);
      }),
    );
  });
});
