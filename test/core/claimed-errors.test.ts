import { describe, expect, it } from 'vitest';
import { claimError, expectEcho, isClaimed, takeEcho } from '../../src/core/claimed-errors.ts';

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

  it.each([undefined, null, 'text', 5])('knows %j again where it is expected once more', (thrown) => {
    expectEcho(thrown);
    expect([isClaimed(thrown), isClaimed('another'), takeEcho('another')]).toEqual([true, false, false]);
    expect([takeEcho(thrown), takeEcho(thrown), isClaimed(thrown)]).toEqual([true, false, false]);
  });

  it('expects nothing any more once the task is done', async () => {
    expectEcho('text');
    await Promise.resolve();
    expect([isClaimed('text'), takeEcho('text')]).toEqual([false, false]);
  });
});
