import { describe, expect, it } from 'vitest';
import { createPatternRates } from '../../src/core/pattern-rates.ts';

describe('createPatternRates', () => {
  it('knows no rate where nothing is configured', () => {
    expect(createPatternRates({})('auth')).toBeUndefined();
  });

  it.each([
    ['auth.login', 0.1],
    ['auth.', 0.1],
    ['auth', 1],
    ['debug.sql', 0],
    ['auth.login.slow', 0.5],
    ['auth.exact', 0.9],
    ['other', 1],
  ])('gives %j the rate of the most exact pattern: %d', (name, rate) => {
    const rateOf = createPatternRates({ '*': 1, 'auth.*': 0.1, 'debug.*': 0, 'auth.*.slow': 0.5, 'auth.exact': 0.9 });
    expect(rateOf(name)).toBe(rate);
    expect(rateOf(name)).toBe(rate); // remembered
  });

  it.each(['', 'n'.repeat(300), 5, Symbol('a'), null, {}])('knows no rate for what is no name: %s', (name) => {
    expect(createPatternRates({ '*': 0.5 })(name as string)).toBeUndefined();
  });

  it('takes every character but * for itself', () => {
    const rateOf = createPatternRates({ 'a.b*': 0, '(x)[y]': 0.5, '$^+?|\\*': 0.25 });
    expect(rateOf('aXb')).toBeUndefined();
    expect(rateOf('a.b\nc')).toBe(0);
    expect(rateOf('(x)[y]')).toBe(0.5);
    expect(rateOf('$^+?|\\anything')).toBe(0.25);
  });

  it('remembers a bounded number of names, and answers rightly past it', () => {
    const rateOf = createPatternRates({ 'n*7': 0.7 });
    for (let index = 0; index < 25_000; index += 1)
      expect(rateOf(`n${index}`)).toBe(index % 10 === 7 ? 0.7 : undefined);
  });
});
