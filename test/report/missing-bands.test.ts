import { expect, it } from 'vitest';
import type { PathRow } from '../../src/report/books.ts';
import { missingBands } from '../../src/report/missing-bands.ts';
import { sumPathCounts } from '../../src/report/path-counts.ts';

const HOUR_MS = 3_600_000;
const row = (hour: number | null, logger: string, missing: number): PathRow => ({
  ...sumPathCounts([]),
  logger,
  hourMs: hour === null ? null : hour * HOUR_MS,
  missing,
  received: 10,
});

it('joins neighbouring hours that miss something, and leaves out those outside the window', () => {
  const rows = [row(6, 'shop', 9), row(5, 'shop', 0), row(4, 'web', 2), row(3, 'shop', 1), row(3, 'web', 0), row(1, 'shop', 7), row(null, 'shop', 5)]; // prettier-ignore
  expect(missingBands(rows, 2 * HOUR_MS, 6 * HOUR_MS, undefined)).toEqual([
    { fromMs: 3 * HOUR_MS, toMs: 5 * HOUR_MS, missing: 3, received: 30 },
  ]);
  expect(missingBands(rows, 2 * HOUR_MS, 6 * HOUR_MS, 'shop')).toEqual([
    { fromMs: 3 * HOUR_MS, toMs: 4 * HOUR_MS, missing: 1, received: 10 },
  ]);
});
