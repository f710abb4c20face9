import type { ChartSeries } from '../parts/chart-options.ts';
import { isNumeric, isTime, type QueryResult } from './query-result.ts';

/** A result over time, as a graph takes it. Times are epoch milliseconds. */
export interface ResultSeries {
  readonly times: readonly number[];
  readonly bucketMs: number;
  readonly series: readonly ChartSeries[];
}

/** Times that are filled in where rows are missing; a graph has fewer pixels. */
const MAX_FILLED = 5_000;

/** One line for each column of numbers, if the first column is a time and no time comes twice; else undefined. */
export function seriesOf({ columns, rows }: QueryResult): ResultSeries | undefined {
  const [first] = columns;
  const measures = columns.filter(({ type }) => isNumeric(type));
  if (first === undefined || !isTime(first.type) || measures.length === 0) return undefined;
  const byTime = new Map(rows.map((row) => [timeOf(row[first.name]), row]));
  byTime.delete(undefined);
  const known = [...byTime.keys()].flatMap((time) => time ?? []).sort((a, b) => a - b);
  const untimed = rows.filter((row) => timeOf(row[first.name]) === undefined).length;
  if (known.length < 2 || known.length + untimed < rows.length) return undefined;
  const bucketMs = known.reduce(
    (least, time, index) => Math.min(least, time - (known[index - 1] ?? -Infinity)),
    Infinity,
  );
  const times = filled(known, bucketMs);
  return {
    times,
    bucketMs,
    series: measures.map(({ name }) => ({ name, values: times.map((time) => numberOf(byTime.get(time)?.[name])) })),
  };
}

/** With the buckets that have no row, so that the line breaks there; as they are where they are of unequal length. */
function filled(times: readonly number[], bucketMs: number): readonly number[] {
  const [start = 0] = times;
  const count = ((times.at(-1) ?? start) - start) / bucketMs + 1;
  if (count > MAX_FILLED || times.some((time) => (time - start) % bucketMs !== 0)) return times;
  return Array.from({ length: count }, (_, index) => start + index * bucketMs);
}

function timeOf(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

/** Numbers that JSON cannot hold whole come as texts. */
function numberOf(value: unknown): number | null {
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
  return Number.isFinite(number) ? number : null;
}
