const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const precise = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** A count, exact to 99,999 and short above. */
export const count = (value: number): string => (Math.abs(value) < 100_000 ? whole.format(value) : short.format(value));

/** A sum, which may have a fraction. */
export const amount = (value: number): string => (Number.isInteger(value) ? count(value) : short.format(value));

/** How often a second, with its unit. */
export const rate = (perSecond: number): string =>
  `${(Math.abs(perSecond) < 1_000 ? precise : short).format(perSecond)}/s`;

/** A value without a unit, to three digits. */
export const level = (value: number): string => (Math.abs(value) < 1_000 ? precise : short).format(value);

/** A duration in milliseconds, with its unit. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${precise.format(ms)} ms`;
  if (ms < 60_000) return `${precise.format(ms / 1_000)} s`;
  return `${precise.format(ms / 60_000)} min`;
}

export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3));
  return `${precise.format(value / 1_000 ** power)} ${units[power] ?? 'B'}`;
}

/** How long ago, roughly. */
export function ago(ms: number): string {
  if (ms < 1_500) return 'just now';
  if (ms < 90_000) return `${Math.round(ms / 1_000)} s ago`;
  if (ms < 90 * 60_000) return `${Math.round(ms / 60_000)} min ago`;
  return `${Math.round(ms / 3_600_000)} h ago`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `HH:MM` where the reader is. */
export const clockTime = (time: Date): string => `${two(time.getHours())}:${two(time.getMinutes())}`;

/** `HH:MM:SS` where the reader is. */
export const clockSeconds = (time: Date): string => `${clockTime(time)}:${two(time.getSeconds())}`;
