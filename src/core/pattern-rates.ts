import { namePattern } from './name-pattern.ts';
import { isName } from './name.ts';

/** Names whose rate is remembered; names made from data would otherwise fill the memory. */
const REMEMBERED_NAMES = 10_000;

/** The rate configured for a name, or undefined where no pattern matches. */
export type RateOf = (name: string) => number | undefined;

/**
 * Rates by name pattern, `*` for any run of characters. The most exact pattern wins: a name without `*` first, then the one with the most
 * other characters. A look-up after the first costs one Map access.
 */
export function createPatternRates(rates: Readonly<Record<string, number>>): RateOf {
  const rules = Object.entries(rates)
    .map(([pattern, rate]) => ({
      matches: namePattern(pattern),
      rate,
      weight: pattern.includes('*') ? pattern.replaceAll('*', '').length : Infinity,
    }))
    .sort((a, b) => b.weight - a.weight);
  if (rules.length === 0) return () => undefined;
  const known = new Map<string, number | undefined>();
  return (name) => {
    const rate = known.get(name);
    if (rate !== undefined || known.has(name)) return rate;
    if (!isName(name)) return undefined; // a wrong call, which is told elsewhere
    const found = rules.find((rule) => rule.matches(name))?.rate;
    if (known.size >= REMEMBERED_NAMES) known.clear();
    known.set(name, found);
    return found;
  };
}
