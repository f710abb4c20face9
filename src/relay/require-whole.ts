/** Throws a RangeError that names the option unless `value` is a whole number from `least`. */
export function requireWhole(option: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(`${option} must be a whole number of at least ${least}, got ${String(value)}`);
}
