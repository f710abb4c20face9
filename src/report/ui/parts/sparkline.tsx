import type { JSX } from 'preact';

interface Props {
  /** One value for each bucket of the range, the oldest first. */
  readonly values: readonly number[];
  /** What it shows, for who cannot see it. */
  readonly label: string;
}

const WIDTH = 120;
const HEIGHT = 24;

/** Small bars without axes, the highest as high as the line. */
export function Sparkline({ values, label }: Props): JSX.Element {
  const most = Math.max(...values, Number.MIN_VALUE);
  const step = WIDTH / Math.max(values.length, 1);
  // One element for all bars: a page may have hundreds of these.
  const bars = values
    .map((value, index) => {
      const height = value > 0 ? Math.max(1, (value / most) * HEIGHT) : 0;
      const width = Math.max(step - 0.5, 0.5);
      return height === 0
        ? ''
        : `M${round(index * step)} ${HEIGHT}v${round(-height)}h${round(width)}v${round(height)}z`;
    })
    .join('');
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path d={bars} />
    </svg>
  );
}

const round = (value: number): number => Math.round(value * 100) / 100;
