import { short } from './numbers.mjs';

/** One target, and whether it is met, in words. */
export function verdict(target, got, most, unit) {
  return `- ${got <= most ? 'Met' : '**Not met**'}: ${target}. Measured: ${short(got)}${unit}.`;
}
