import type uPlot from 'uplot';
import { colourOf } from './chart-colours.ts';

/** A stretch of time that is shaded. */
export interface ChartBand {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A moment that something happened at. */
export interface ChartLine {
  readonly atMs: number;
  readonly label: string;
}

/** Longer ones are cut; the page says them whole beside the graph. */
const MAX_LABEL_LENGTH = 22;
const LABEL_PX = 11;
const GAP_PX = 4;

/** Shades what is below the lines of the graph. */
export function drawBands(plot: uPlot, bands: readonly ChartBand[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = colourOf('--missing');
  for (const { fromMs, toMs } of bands) {
    const left = Math.max(bbox.left, plot.valToPos(fromMs, 'x', true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(toMs, 'x', true));
    if (right > left) ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
}

/** Draws a dashed line for each moment, and its label where there is room. */
export function drawLines(plot: uPlot, lines: readonly ChartLine[], pixelRatio: number): void {
  const { ctx, bbox } = plot;
  let labelledPx = Number.NEGATIVE_INFINITY;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colourOf('--mark');
  ctx.lineWidth = pixelRatio;
  ctx.font = `${LABEL_PX * pixelRatio}px system-ui, sans-serif`;
  ctx.textBaseline = 'top';
  ctx.direction = 'ltr';
  for (const { atMs, label } of lines) {
    const x = Math.round(plot.valToPos(atMs, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.setLineDash([2 * pixelRatio, 3 * pixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const text = label.length > MAX_LABEL_LENGTH ? `${label.slice(0, MAX_LABEL_LENGTH - 1)}…` : label;
    const width = ctx.measureText(text).width;
    const isRoomRight = x + GAP_PX * pixelRatio + width <= bbox.left + bbox.width;
    const left = isRoomRight ? x + GAP_PX * pixelRatio : x - GAP_PX * pixelRatio - width;
    if (left < labelledPx) continue;
    ctx.fillText(text, left, bbox.top + GAP_PX * pixelRatio);
    labelledPx = left + width + GAP_PX * pixelRatio;
  }
  ctx.restore();
}
