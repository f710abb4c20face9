import { describe, expect, it } from 'vitest';
import { seriesOf } from '../../../../src/report/ui/query/result-series.ts';

const resultOf = (rows: readonly (readonly [string | null, number | null])[], type = 'TIMESTAMP WITH TIME ZONE') => ({
  columns: [
    { name: 'at', type },
    { name: 'p95', type: 'DOUBLE' },
  ],
  rows: rows.map(([at, p95]) => ({ at, p95 })),
  truncated: false,
  elapsedMs: 1,
});
const minute = (index: number): string => new Date(index * 60_000).toISOString();

describe('seriesOf', () => {
  it('has a line over time in whatever order the rows are, broken where one is missing', () => {
    const result = resultOf([[minute(4), 0.43], [minute(0), 1], [minute(1), null], [null, 5]]);
    expect(seriesOf(result)).toEqual({
      times: [0, 60_000, 120_000, 180_000, 240_000],
      bucketMs: 60_000,
      series: [{ name: 'p95', values: [1, null, null, null, 0.43] }],
    });
  }); // prettier-ignore

  it('leaves times as they are that are no equal steps, such as months', () => {
    const rows = [['2026-01-01', 1], ['2026-02-01', 2], ['2026-03-01', 3]] as const; // prettier-ignore
    expect(seriesOf(resultOf(rows, 'DATE'))?.times).toEqual(rows.map(([day]) => Date.parse(day)));
  });

  it('is none without a time at first, of a lone row, and where a time comes twice', () => {
    expect(seriesOf(resultOf([[minute(0), 1], [minute(1), 1]], 'VARCHAR'))).toBeUndefined(); // prettier-ignore
    expect(seriesOf(resultOf([[minute(0), 1]]))).toBeUndefined();
    expect(seriesOf(resultOf([[minute(0), 1], [minute(0), 2], [minute(1), 2]]))).toBeUndefined(); // prettier-ignore
  });
});
