import { describe, expect, it } from 'vitest';
import { claimError, isClaimed } from '../../src/core/claimed-errors.ts';

describe('claimError', () => {
  it('answers true once for each error', () => {
    const error = new Error('one');
    expect([isClaimed(error), claimError(error), claimError(error), isClaimed(error)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(claimError(new Error('one'))).toBe(true);
  });

  it.each([undefined, null, 'text', 5])('always answers true for %j, which has no identity', (thrown) => {
    expect([claimError(thrown), claimError(thrown), isClaimed(thrown)]).toEqual([true, true, false]);
  });
});
