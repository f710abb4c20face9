import type { Summary } from './api-types.ts';
import { svgElement } from './dom.ts';
import { clockTime, count } from './format.ts';

const MINUTE_MS = 60_000;
const MINUTES = 60;
/** Narrower, and the labels of the time axis would touch. */
const MIN_WIDTH = 280;
const HEIGHT = 170;
const LEFT = 44;
const TOP = 8;
const BOTTOM = 22;
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;
/** Minutes between two marks on the time axis. */
const MARK_MINUTES = 15;

/** Bars of messages a minute, the last hour from left to right, `width` pixels wide; the last bar is the minute that has begun. */
export function minuteChart(summary: Summary, width: number): SVGSVGElement {
  const fullWidth = Math.max(MIN_WIDTH, width);
  const step = (fullWidth - LEFT) / MINUTES;
  const counts = new Map(summary.perMinute.map((entry) => [Date.parse(entry.minute), entry.count]));
  const lastMs = Math.floor(Date.parse(summary.window.to) / MINUTE_MS) * MINUTE_MS;
  const minutes = Array.from({ length: MINUTES }, (_, index) => {
    const ms = lastMs - (MINUTES - 1 - index) * MINUTE_MS;
    return { time: new Date(ms), count: counts.get(ms) ?? 0 };
  });
  const top = roundUp(Math.max(...minutes.map((minute) => minute.count), 1));
  const y = (value: number): number => TOP + PLOT_HEIGHT * (1 - value / top);
  const lines = gridValues(top).flatMap((value) => [
    svgElement('line', { x1: LEFT, x2: fullWidth, y1: y(value), y2: y(value), class: 'grid' }),
    svgElement('text', { x: LEFT - 8, y: y(value) + 4, class: 'label end' }, count(value)),
  ]);
  const bars = minutes.map((minute, index) =>
    svgElement(
      'rect',
      {
        x: LEFT + (index + 0.1) * step,
        width: step * 0.8,
        y: y(minute.count),
        height: TOP + PLOT_HEIGHT - y(minute.count),
        rx: 1.5,
        class: index === MINUTES - 1 ? 'bar current' : 'bar',
      },
      svgElement('title', {}, `${clockTime(minute.time)}: ${count(minute.count)} messages`),
    ),
  );
  const marks = minutes.flatMap((minute, index) => {
    const isMark = (MINUTES - 1 - index) % MARK_MINUTES === 0;
    const isLast = index === MINUTES - 1;
    const x = LEFT + (index + 0.5) * step;
    return isMark
      ? [
          svgElement(
            'text',
            { x: isLast ? fullWidth : x, y: HEIGHT - 5, class: isLast ? 'label end' : 'label middle' },
            clockTime(minute.time),
          ),
        ]
      : [];
  });
  return svgElement(
    'svg',
    {
      width: fullWidth,
      height: HEIGHT,
      role: 'img',
      'aria-label': `Messages a minute over the last hour, at most ${count(top)}`,
    },
    ...lines,
    ...bars,
    ...marks,
  );
}

/** The least of 1, 2, 5, 10, 20, 50, … that is not below `value`. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value) ?? value;
}

const gridValues = (top: number): readonly number[] => (top === 1 ? [0, 1] : [0, top / 2, top]);
