import type { AnnotationsAnswer } from '../../api/annotations.ts';
import { clockTime } from '../format.ts';
import type { ChartBand, ChartLine } from '../parts/chart-marks.ts';

/** Something that happened, as a line of a graph and in words. */
export interface Mark extends ChartLine {
  readonly what: 'deploy' | 'release';
  readonly release: string;
  readonly loggers: readonly string[];
}

const precise = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 });
const dayless = (time: Date): string => time.toLocaleDateString([], { day: 'numeric', month: 'short' });

/** Deployments, and releases, each at its first message of any logger; in the order of time. */
export function marksOf({ deploys, releases }: AnnotationsAnswer): readonly Mark[] {
  const byRelease = new Map<string, Mark>();
  for (const { at, logger, release } of releases) {
    const known = byRelease.get(release);
    byRelease.set(release, {
      what: 'release',
      release,
      label: release,
      atMs: Math.min(known?.atMs ?? Number.POSITIVE_INFINITY, Date.parse(at)),
      loggers: [...(known?.loggers ?? []), logger],
    });
  }
  const deployed = deploys.map(({ at, logger, release }): Mark => {
    const label = release === '' ? 'deploy' : `deploy ${release}`;
    return { what: 'deploy', release, label, atMs: Date.parse(at), loggers: [logger] };
  });
  return [...deployed, ...byRelease.values()].sort((a, b) => a.atMs - b.atMs);
}

export const bandsOf = ({ missing }: AnnotationsAnswer): readonly ChartBand[] =>
  missing.map(({ from, to }) => ({ fromMs: Date.parse(from), toMs: Date.parse(to) }));

/** One sentence for each shaded stretch, and one for what cannot be shaded. */
export function missingWords({ missing, older, isExact }: AnnotationsAnswer, nowMs: number): readonly string[] {
  const least = isExact ? '' : '≥ ';
  const shareOf = (part: { readonly missing: number; readonly received: number }): string =>
    `${least}${precise.format((part.missing / (part.missing + part.received)) * 100)} % missing`;
  const words = missing.map((band) => {
    const from = new Date(band.from);
    const to = new Date(Math.min(Date.parse(band.to), nowMs));
    const isToday = from.toDateString() === new Date(nowMs).toDateString();
    const day = isToday ? '' : `${dayless(from)} `;
    const endDay = from.toDateString() === to.toDateString() ? '' : `${dayless(to)} `;
    return `${shareOf(band)} between ${day}${clockTime(from)} and ${endDay}${clockTime(to)}`;
  });
  return older === null
    ? words
    : [...words, `${shareOf(older)} in hours of more than two days ago, known only all together and not shaded`];
}
