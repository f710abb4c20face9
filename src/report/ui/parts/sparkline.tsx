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
  const most = Math.max(...values, 1);
  const step = WIDTH / Math.max(values.length, 1);
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {values.map((value, index) => {
        const height = value === 0 ? 0 : Math.max(1, (value / most) * HEIGHT);
        return (
          <rect key={index} x={index * step} y={HEIGHT - height} width={Math.max(step - 0.5, 0.5)} height={height} />
        );
      })}
    </svg>
  );
}
