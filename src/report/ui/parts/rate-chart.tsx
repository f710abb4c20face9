import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type UPlot from 'uplot';
import { amount, clockSeconds, clockTime } from '../format.ts';
import { go, hrefWith } from '../place.ts';
import { ratesOf, stacked, type Buckets } from '../rates.ts';
import { rangeParameters } from '../time-range.ts';

export interface RateSeries {
  readonly name: string;
  /** A variable of CSS such as `--bad`, whose colour is written as `#rrggbb`. */
  readonly colour: string;
  /** Messages of each bucket. */
  readonly counts: readonly number[];
}

interface Props {
  /** What is counted, for who cannot see it, e.g. `Messages a second by type`. */
  readonly label: string;
  readonly buckets: Buckets;
  readonly series: readonly RateSeries[];
  /** In CSS pixels. @default 150 */
  readonly height?: number;
}

const DAY_S = 86_400;
/** A drag that is shorter was meant as a click. In CSS pixels. */
const LEAST_DRAG = 5;
/** Hexadecimal: through the areas the grid is seen. */
const FILL_ALPHA = 'a0';

/** Messages a second as areas on each other, over time. Dragging over a span makes it the range of all pages. */
export function RateChart({ label, buckets, series, height = 150 }: Props): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(null);
  const shown = useRef({ buckets, series });
  const [at, setAt] = useState<number | null>(null);
  shown.current = { buckets, series };
  const names = series.map(({ name, colour }) => `${colour} ${name}`).join('\n');

  useEffect(() => {
    const element = root.current;
    if (element === null) return;
    let isGone = false;
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => plot.current?.redraw();
    void import('uplot').then(({ default: Plot }) => {
      if (isGone) return;
      const options = optionsOf(element, height, Plot.paths.stepped?.({ align: 1 }), () => shown.current, setAt);
      plot.current = new Plot(options, dataOf(shown.current), element);
      resized.observe(element);
      scheme.addEventListener('change', redraw);
    });
    return () => {
      isGone = true;
      resized.disconnect();
      scheme.removeEventListener('change', redraw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [names, height]);
  useEffect(() => plot.current?.setData(dataOf({ buckets, series })), [buckets, series]);

  return (
    <figure class="rates">
      <figcaption>{at === null ? overall(buckets, series) : <AtBucket {...{ at, buckets, series }} />}</figcaption>
      <div ref={root} class="rates-plot" role="img" aria-label={label} style={{ height: `${height}px` }} />
    </figure>
  );
}

type Shown = Pick<Props, 'buckets' | 'series'>;

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const perSecond = (rate: number): string => `${amount(rate)}/s`;

function overall(buckets: Buckets, series: readonly RateSeries[]): string {
  const seconds = (buckets.toMs - buckets.fromMs) / 1_000;
  const totals = stacked(series.map(({ counts }) => ratesOf(counts, buckets))).at(-1) ?? [];
  const most = Math.max(...totals, 0);
  const mean = sum(series.map(({ counts }) => sum(counts))) / seconds;
  // What came just now is in no bucket yet.
  const peak = most < mean ? '' : `, ${amount(most)} at most`;
  return `messages a second: ${amount(mean)} on average${peak}`;
}

/** What the bucket under the pointer holds. */
function AtBucket({ at, buckets, series }: Shown & { readonly at: number }): JSX.Element {
  const startMs = buckets.firstMs + at * buckets.stepMs;
  const rates = series.map(({ name, counts }) => ({ name, rate: ratesOf(counts, buckets)[at] ?? null }));
  const isOver = rates.some(({ rate }) => rate !== null);
  const some = rates.flatMap(({ name, rate }) => (rate === null || rate === 0 ? [] : [{ name, rate }]));
  return (
    <>
      {clockSeconds(new Date(startMs))}–{clockSeconds(new Date(startMs + buckets.stepMs))}{' '}
      {some.length === 0 && (isOver ? 'none' : 'not over yet')}
      {some.map(({ name, rate }) => (
        <span key={name} class="rates-value">
          <bdi>{name}</bdi> {perSecond(rate)}
        </span>
      ))}
    </>
  );
}

/** The edges of the areas, the uppermost first: what is drawn later lies on it. A bucket's value holds until the next one's start. */
function dataOf({ buckets, series }: Shown): UPlot.AlignedData {
  const { firstMs, stepMs } = buckets;
  const edges = stacked(series.map(({ counts }) => ratesOf(counts, buckets)));
  const length = edges[0]?.length ?? 0;
  const starts = Array.from({ length: length + 1 }, (_, index) => (firstMs + index * stepMs) / 1_000);
  return [starts, ...edges.map((values) => [...values, values.at(-1) ?? 0]).reverse()];
}

function optionsOf(
  element: HTMLElement,
  height: number,
  steps: UPlot.Series.PathBuilder | undefined,
  shown: () => Shown,
  onBucket: (index: number | null) => void,
): UPlot.Options {
  const colour = (name: string): string => getComputedStyle(element).getPropertyValue(name);
  const axis = { stroke: () => colour('--soft'), font: '12px system-ui, sans-serif' };
  const grid = { stroke: () => colour('--line'), width: 1 };
  return {
    width: element.clientWidth,
    height,
    padding: [8, 20, 0, 0], // half a label of the time

    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    scales: {
      x: { range: () => [shown().buckets.fromMs / 1_000, shown().buckets.toMs / 1_000] },
      y: { range: (_, __, most) => [0, most > 0 ? most * 1.05 : 1] },
    },
    axes: [
      { ...axis, grid: { show: false }, ticks: { ...grid, size: 4 }, size: 26, space: 64, values: timeLabels },
      { ...axis, grid, ticks: { show: false }, size: 44, space: 30, values: (_, values) => values.map(amount) },
    ],
    series: [
      {},
      ...shown()
        .series.map((one) => ({
          stroke: () => colour(one.colour),
          fill: () => `${colour(one.colour)}${FILL_ALPHA}`,
          width: 1,
          points: { show: false },
          ...(steps === undefined ? {} : { paths: steps }),
        }))
        .reverse(),
    ],
    // Each area ends where the one below it begins.
    bands: shown()
      .series.slice(1)
      .map((_, index) => ({ series: [index + 1, index + 2] })),
    hooks: {
      setCursor: [(self) => onBucket(bucketAt(self, shown()))],
      setSelect: [
        (self) => {
          const { left, width } = self.select;
          if (width < LEAST_DRAG) return;
          self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          const { firstMs, stepMs } = shown().buckets;
          const bucketOf = (x: number): number => (self.posToVal(x, 'x') * 1_000 - firstMs) / stepMs;
          const fromMs = firstMs + Math.floor(bucketOf(left)) * stepMs;
          const toMs = firstMs + Math.ceil(bucketOf(left + width)) * stepMs;
          go(hrefWith(rangeParameters({ kind: 'between', fromMs, toMs })));
        },
      ],
    },
  };
}

function bucketAt(self: UPlot, { buckets, series }: Shown): number | null {
  const { left } = self.cursor;
  if (left === undefined || left < 0) return null;
  const index = Math.floor((self.posToVal(left, 'x') * 1_000 - buckets.firstMs) / buckets.stepMs);
  return index >= 0 && index < (series[0]?.counts.length ?? 0) ? index : null;
}

/** On the reader's clock; the day where one begins. */
const timeLabels: UPlot.Axis.DynamicValues = (self, values) => {
  const { min = 0, max = 0 } = self.scales['x'] ?? {};
  const isLong = max - min > 2 * DAY_S;
  return values.map((seconds) => {
    const time = new Date(seconds * 1_000);
    const isMidnight = clockTime(time) === '00:00';
    if (isMidnight || isLong) {
      const day = time.toLocaleDateString([], { month: 'short', day: 'numeric' });
      return isMidnight ? day : `${day} ${clockTime(time)}`;
    }
    return time.getSeconds() === 0 ? clockTime(time) : clockSeconds(time);
  });
};
