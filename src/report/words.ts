/** Numbers by name, as people list them. */
export type Named = readonly (readonly [name: string, value: number])[];

const whole = /* @__PURE__ */ new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const precise = /* @__PURE__ */ new Intl.NumberFormat('en', { maximumSignificantDigits: 2 });

/** `12,345` */
export const count = (value: number): string => whole.format(value);

/** `0.4 %`, of a share from 0 to 1. */
export const percent = (share: number): string => `${precise.format(share * 100)} %`;

/** `1 message`, `12 messages` */
export const many = (value: number, one: string, several = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : several}`;

export const sum = (numbers: Named): number => numbers.reduce((all, [, value]) => all + value, 0);

/** `bad-signature 12, not-json 1`: the largest first. */
export const listed = (numbers: Named): string =>
  [...numbers]
    .sort(([, a], [, b]) => b - a)
    .map(([name, value]) => `${name} ${count(value)}`)
    .join(', ');

/** `5 s`: how long, roughly. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 120 * 60_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
