import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { clockSeconds } from '../format.ts';
import { seriesVariable } from './chart-colours.ts';
import { chartOptions, colourIndex, dataOf, structureOf, type ChartContent } from './chart-options.ts';
import { SpanActions, type Span } from './span-actions.tsx';

interface Props extends ChartContent {
  /** What it shows, for who cannot see it. */
  readonly label: string;
  /** In CSS pixels, with the axis. @default 240 */
  readonly height?: number;
}

const HEIGHT_PX = 240;
/** Of a graph whose place has no width yet. */
const MIN_WIDTH_PX = 50;

/**
 * A graph over time, with the values at the pointer in its legend. Dragging over it, or Shift with the arrow keys, chooses a span of whole buckets, which leads to
 * the messages and exceptions of that time.
 */
export function Chart({ label, height = HEIGHT_PX, ...content }: Props): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plotted = useRef<uPlot | undefined>(undefined);
  const latest = useRef(content);
  latest.current = content;
  const [index, setIndex] = useState<number>();
  const [span, setSpan] = useState<Span>();
  const chosen = useRef(span);
  chosen.current = span;

  function chooseBuckets(first: number, last: number): void {
    const { times, bucketMs, fromMs, toMs } = latest.current;
    const start = times[Math.min(first, last)];
    const end = times[Math.max(first, last)];
    if (start === undefined || end === undefined) return;
    setSpan({ fromMs: Math.max(fromMs, start), toMs: Math.min(toMs, end + bucketMs) });
  }

  useLayoutEffect(() => {
    const element = place.current;
    // Without a canvas there are still the legend and what the page says in words.
    if (element === null || document.createElement('canvas').getContext('2d') === null) return;
    const width = (): number => Math.max(MIN_WIDTH_PX, element.clientWidth);
    const options = chartOptions(
      { width: width(), height },
      {
        content: () => latest.current,
        onCursor: setIndex,
        // Its place follows from the scales, which are known when it draws.
        onDrawn: (plot) => showSpan(plot, chosen.current),
        onSelect: (leftMs, rightMs) =>
          chooseBuckets(bucketAt(latest.current, leftMs), bucketAt(latest.current, rightMs - 1)),
      },
    );
    const plot = new uPlot(options, dataOf(latest.current), element);
    plotted.current = plot;
    const resized = new ResizeObserver(() => plot.setSize({ width: width(), height }));
    resized.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const recolour = (): void => plot.redraw(false);
    scheme.addEventListener('change', recolour);
    return () => {
      scheme.removeEventListener('change', recolour);
      resized.disconnect();
      plot.destroy();
      plotted.current = undefined;
    };
  }, [structureOf(content), height]);

  const { times, series, bands, lines, fromMs, toMs } = content;
  useEffect(() => plotted.current?.setData(dataOf(latest.current)), [times, series, bands, lines, fromMs, toMs]);
  useEffect(() => {
    if (plotted.current !== undefined) showSpan(plotted.current, span);
  }, [span]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (event.key === 'Escape') setSpan(undefined);
    if (step === 0 || times.length === 0) return;
    event.preventDefault();
    const next = index === undefined ? (step > 0 ? 0 : times.length - 1) : clamp(index + step, times.length - 1);
    if (event.shiftKey) {
      const anchor = span === undefined ? (index ?? next) : anchorOf(content, span, index ?? next);
      chooseBuckets(anchor, next);
    }
    moveCursor(plotted.current, content, next);
    setIndex(next);
  };

  return (
    <figure class="chart" aria-label={label}>
      <Legend content={content} index={index} />
      <div ref={place} class="chart-plot" tabIndex={0} role="img" aria-label={label} onKeyDown={onKeyDown} />
      {span !== undefined && <SpanActions span={span} onClose={() => setSpan(undefined)} />}
    </figure>
  );
}

function Legend({
  content,
  index,
}: {
  readonly content: ChartContent;
  readonly index: number | undefined;
}): JSX.Element {
  const { series, times, bucketMs, format } = content;
  const time = index === undefined ? undefined : times[index];
  return (
    <ul class="chart-legend">
      {series.map((one, place) => {
        const value = index === undefined ? undefined : one.values[index];
        return (
          <li key={place} class={one.isDashed === true ? 'is-dashed' : ''}>
            <span class="swatch" style={{ borderTopColor: `var(${seriesVariable(colourIndex(one, place))})` }} />
            <span class="name" title={one.name}>
              {one.name}
            </span>
            <span class="value">{index === undefined ? '' : typeof value === 'number' ? format(value) : '–'}</span>
          </li>
        );
      })}
      <li class="at">
        {time !== undefined && `${clockSeconds(new Date(time))} – ${clockSeconds(new Date(time + bucketMs))}`}
      </li>
    </ul>
  );
}

function showSpan(plot: uPlot, span: Span | undefined): void {
  const left = span === undefined ? 0 : plot.valToPos(span.fromMs, 'x');
  const width = span === undefined ? 0 : plot.valToPos(span.toMs, 'x') - left;
  plot.setSelect({ left, width, top: 0, height: plot.over.clientHeight }, false);
}

function moveCursor(plot: uPlot | undefined, { times, bucketMs }: ChartContent, index: number): void {
  const time = times[index];
  if (plot !== undefined && time !== undefined)
    plot.setCursor({ left: plot.valToPos(time + bucketMs / 2, 'x'), top: 0 }, false);
}

/** The bucket that this moment lies in, or the nearest. */
const bucketAt = ({ times, bucketMs }: ChartContent, ms: number): number =>
  clamp(Math.floor((ms - (times[0] ?? 0)) / bucketMs), times.length - 1);

/** The end of the span that stays when the other one, at `moving`, is moved. */
function anchorOf(content: ChartContent, span: Span, moving: number): number {
  const first = bucketAt(content, span.fromMs);
  return first === moving ? bucketAt(content, span.toMs - 1) : first;
}

const clamp = (index: number, last: number): number => Math.max(0, Math.min(last, index));
