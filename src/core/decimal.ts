/** A finite number as decimal text without an exponent: what counters, timers and gauges carry. */
export function decimalText(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  if (Math.abs(value) >= 1e21) return BigInt(value).toString();
  // 20 digits is what toFixed surely gives everywhere; a smaller number is nothing to a counter.
  return value
    .toFixed(20)
    .replace(/\.?0+$/, '')
    .replace(/^-0$/, '0');
}
