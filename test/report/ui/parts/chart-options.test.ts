// @vitest-environment happy-dom
import { expect, it } from 'vitest';
import { dataOf, structureOf, type ChartContent } from '../../../../src/report/ui/parts/chart-options.ts';

const content: ChartContent = {
  fromMs: 0,
  toMs: 120_000,
  times: [0, 60_000],
  bucketMs: 60_000,
  series: [{ name: 'a', values: [1, null] }],
  format: String,
};

it('puts a bucket at its middle, and leaves a gap where there is no value', () => {
  expect(dataOf(content)).toEqual([
    [30_000, 90_000],
    [1, null],
  ]);
});

it('takes another value for data, and another line for another graph', () => {
  const other = { ...content, series: [{ name: 'b', values: [2, 3] }] };
  expect(structureOf(other)).toBe(structureOf(content));
  expect(structureOf({ ...content, series: [...content.series, { name: 'b', values: [2, 3] }] })).not.toBe(
    structureOf(content),
  );
});
