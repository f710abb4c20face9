import uPlot from 'uplot';
import { axisTimes } from './axis-times.ts';
import { colourOf, seriesVariable } from './chart-colours.ts';
import { drawBands, drawLines, type ChartBand, type ChartLine } from './chart-marks.ts';

/** One line of a graph. */
export interface ChartSeries {
  readonly name: string;
  /** One for each of the graph's times; null where there is none. */
  readonly values: readonly (number | null)[];
  /** Which of the colours; lines that belong together share one. @default its place among the lines */
  readonly colour?: number;
  /** For what is compared with. @default false */
  readonly isDashed?: boolean;
  /** @default 'line' */
  readonly kind?: 'line' | 'bars';
}

/** What a graph shows. Times are epoch milliseconds. */
export interface ChartContent {
  readonly fromMs: number;
  readonly toMs: number;
  /** Starts of the buckets, ascending. */
  readonly times: readonly number[];
  readonly bucketMs: number;
  readonly series: readonly ChartSeries[];
  /** Shaded: times for which something is missing. */
  readonly bands?: readonly ChartBand[];
  /** In the order of time. */
  readonly lines?: readonly ChartLine[];
  /** A value with its unit, for axis and legend. */
  readonly format: (value: number) => string;
}

/** What changes the graph's parts; all else is data. */
export const structureOf = ({ series }: ChartContent): string =>
  JSON.stringify(series.map(({ colour, isDashed, kind }) => [colour, isDashed, kind]));

/** A bucket stands at its middle. */
export const dataOf = ({ times, bucketMs, series }: ChartContent): uPlot.AlignedData => [
  times.map((time) => time + bucketMs / 2),
  ...series.map(({ values }) => [...values]),
];

export const colourIndex = ({ colour }: ChartSeries, place: number): number => colour ?? place;

interface Wiring {
  /** The content as it is now. */
  readonly content: () => ChartContent;
  readonly onCursor: (index: number | undefined) => void;
  /** Called when it has been drawn, but not while a span is being dragged over. */
  readonly onDrawn: (plot: uPlot) => void;
  readonly onSelect: (leftMs: number, rightMs: number) => void;
}

const AXIS_FONT = '11px system-ui, sans-serif';
/** Room for `999.9 ms` in the axis' font. */
const VALUE_AXIS_PX = 62;
/** Less is a click that trembled. */
const MIN_SPAN_PX = 4;

export function chartOptions(
  size: { readonly width: number; readonly height: number },
  { content, onCursor, onDrawn, onSelect }: Wiring,
): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: () => colourOf('--soft'),
    font: AXIS_FONT,
    grid: { stroke: () => colourOf('--grid'), width: 1 },
    ticks: { show: false },
  };
  let isDragging = false;
  return {
    ...size,
    ms: 1,
    legend: { show: false },
    scales: {
      x: { time: true, range: () => [content().fromMs, content().toMs] },
      y: { range: (_plot, min, max) => valueRange(min, max) },
    },
    axes: [
      { ...axis, size: timeAxisPx, values: (_plot, ticks, _index, _space, step) => [...axisTimes(ticks, step)] },
      { ...axis, size: VALUE_AXIS_PX, values: (_plot, ticks) => ticks.map((tick) => content().format(tick)) },
    ],
    padding: [10, 14, 0, 0],
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: MIN_SPAN_PX },
      points: { size: 6 },
      bind: {
        dblclick: () => null,
        mousedown: (_plot, target, handle) => (event) => {
          if (event.button !== 0 || event.target !== target) return null;
          isDragging = true;
          return handle(event);
        },
        mouseup: (_plot, _target, handle) => (event) => {
          if (event.button !== 0) return null;
          isDragging = false;
          return handle(event);
        },
      },
    },
    series: [{}, ...content().series.map((series, place) => lineOf(series, place))],
    hooks: {
      drawClear: [(plot) => drawBands(plot, content().bands ?? [])],
      draw: [
        (plot) => drawLines(plot, content().lines ?? [], uPlot.pxRatio),
        (plot) => {
          if (!isDragging) onDrawn(plot);
        },
      ],
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? undefined)],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width >= MIN_SPAN_PX) onSelect(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
        },
      ],
    },
  };
}

function lineOf(series: ChartSeries, place: number): uPlot.Series {
  const colour = (): string => colourOf(seriesVariable(colourIndex(series, place)));
  const bars = series.kind === 'bars' ? uPlot.paths.bars?.({ size: [0.9, 40] }) : undefined;
  return {
    stroke: colour,
    width: series.isDashed === true ? 1 : 1.5,
    points: {
      size: 5,
      fill: colour,
      show: false,
      filter: (plot, index) => (bars === undefined ? lonePoints(plot.data[index]) : null),
    },
    ...(series.isDashed === true ? { dash: [5, 4] } : {}),
    ...(bars === undefined ? {} : { paths: bars, fill: colour }),
  };
}

/** A line needs two neighbours; what has none is a point. */
function lonePoints(values: ArrayLike<number | null | undefined> | undefined): number[] | null {
  const isThere = (index: number): boolean => typeof values?.[index] === 'number';
  const lone = Array.from({ length: values?.length ?? 0 }, (_, index) => index).filter(
    (index) => isThere(index) && !isThere(index - 1) && !isThere(index + 1),
  );
  return lone.length === 0 ? null : lone;
}

/** Two lines where a day is said below the time. */
const timeAxisPx = (_plot: uPlot, labels: readonly string[] | null): number =>
  labels?.some((label) => label.includes('\n')) === true ? 36 : 22;

/** From nought, unless there is less: so that a small change looks small. */
function valueRange(min: number | null, max: number | null): [number, number] {
  const low = Math.min(0, min ?? 0);
  const high = Math.max(0, max ?? 0);
  if (high === low) return [0, 1];
  const room = (high - low) * 0.08;
  return [low < 0 ? low - room : 0, high > 0 ? high + room : 0];
}
