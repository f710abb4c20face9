import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { level } from '../format.ts';
import { BarList } from '../parts/bar-list.tsx';
import { Chart } from '../parts/chart.tsx';
import { cellText, isNumeric, type QueryResult } from './query-result.ts';
import { seriesOf } from './result-series.ts';

/** How a result can be drawn: which column names the bars, and which is their length. */
export interface BarShape {
  readonly label: string;
  readonly value: string;
}

/** Rows that are drawn as bars. */
const MAX_BARS = 100;

/** The first column that is no number names, the last that is one measures; undefined where there are no two such columns. */
export function shapeOf({ columns, rows }: QueryResult): BarShape | undefined {
  const label = columns.find(({ type }) => !isNumeric(type));
  const value = columns.filter(({ type }) => isNumeric(type)).at(-1);
  return label === undefined || value === undefined || rows.length === 0
    ? undefined
    : { label: label.name, value: value.name };
}

interface Props {
  readonly result: QueryResult;
  readonly shape: BarShape;
}

/** The result over time where it begins with a time, else as bars. */
export function ResultGraph({ result, shape }: Props): JSX.Element {
  const over = useMemo(() => seriesOf(result), [result]);
  if (over !== undefined) {
    const { times, bucketMs, series } = over;
    return (
      <Chart
        label={`${series.map(({ name }) => name).join(', ')} over time`}
        fromMs={times[0] ?? 0}
        toMs={(times.at(-1) ?? 0) + bucketMs}
        times={times}
        bucketMs={bucketMs}
        series={series}
        format={level}
      />
    );
  }
  return (
    <BarList
      maxRows={MAX_BARS}
      entries={result.rows.map((row) => ({
        name: cellText(row[shape.label]) ?? 'null',
        count: Number(row[shape.value]),
      }))}
    />
  );
}
