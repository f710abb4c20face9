import { expect, it } from 'vitest';
import type { ArchiveFile } from '../../../src/store/layout.ts';
import { withoutSuperseded } from '../../../src/store/layout.ts';
import { dayOf } from '../../../src/core/day.ts';
import {
  isSettled,
  planMerge,
  rowCount,
  SORT_ROWS,
  sortableParts,
  SPILLED_SORT_ROWS,
  TARGET_BYTES,
} from '../../../src/store/merge/merge-plan.ts';
import { simulateCopies } from '../simulate-copies.ts';

const MIDNIGHT = Date.parse('2026-11-22T00:00:00.000Z');
const BYTES_A_ROW = 13;

const file = (first: number, count: number, nowMs: number): ArchiveFile => ({
  path: `${first}`,
  dt: dayOf(nowMs),
  writer: '',
  first,
  last: first + count - 1,
  recent: true,
  bytes: count * BYTES_A_ROW + 2_000,
  mtimeMs: nowMs,
});

/** A day of one segment a second, on paper: the plan is carried out on the list alone. */
function simulateDay(rowsASecond: number): {
  readonly mostFiles: number;
  readonly mostRecent: number;
  readonly files: readonly ArchiveFile[];
  readonly sortsARow: number;
} {
  let files: readonly ArchiveFile[] = [];
  let end = 0;
  let mostFiles = 0;
  let mostRecent = 0;
  let sortedRows = 0;
  for (let second = 0; second <= 86_400; second++) {
    const now = MIDNIGHT + second * 1000;
    if (second < 86_400) {
      files = [...files, file(end, rowsASecond, now)];
      end += rowsASecond;
    }
    if (second % 10 !== 0) continue; // merging runs every ten seconds
    for (
      let merge = planMerge(files, { before: end, now });
      merge !== undefined;
      merge = planMerge(files, { before: end, now })
    ) {
      const { inputs, recent, sortRows, isWhole } = merge;
      const first = inputs[0]!;
      const merged = {
        ...first,
        last: inputs.at(-1)!.last,
        recent,
        bytes: inputs.reduce((sum, input) => sum + input.bytes, 0),
        mtimeMs: Math.min(...inputs.map((input) => input.mtimeMs)),
      };
      for (const part of isWhole ? [inputs] : sortableParts(inputs, sortRows))
        if (isWhole || !isSettled(part[0]!, sortRows))
          sortedRows += part.reduce((sum, input) => sum + rowCount(input), 0);
      const gone = new Set(inputs);
      files = withoutSuperseded(
        [...files.filter((other) => !gone.has(other)), merged].sort((a, b) => a.first - b.first),
      );
    }
    mostFiles = Math.max(mostFiles, files.length);
    mostRecent = Math.max(mostRecent, files.filter((other) => other.recent).length);
  }
  return { mostFiles, mostRecent, files, sortsARow: sortedRows / end };
}

it.each([
  [10, 7],
  [1_500, 4],
  [28_000, 1.1],
])(
  'keeps a day of %i messages a second to a few dozen recent files, sorting each message at most %f times',
  (rowsASecond, mostSorts) => {
    const day = simulateDay(rowsASecond);
    expect(day.files.reduce((sum, each) => sum + rowCount(each), 0)).toBe(rowsASecond * 86_400);
    expect(day.mostRecent).toBeLessThan(100);
    expect(day.mostFiles).toBeLessThan(400);
    expect(day.sortsARow).toBeLessThan(mostSorts);
  },
);

/** Files of so many rows, one after the other. */
const filesOf = (counts: readonly number[], recent = true): readonly ArchiveFile[] =>
  counts.reduce<ArchiveFile[]>(
    (list, count) => [...list, { ...file((list.at(-1)?.last ?? -1) + 1, count, MIDNIGHT), recent }],
    [],
  );

it('never sorts more rows together than fit, and takes files in order', () => {
  const inputs = filesOf([10, 70_000, 48_000, 48_000, 48_000, 5, 131_072, 7]);
  const parts = sortableParts(inputs, SORT_ROWS);
  expect(parts.flat()).toEqual(inputs);
  expect(parts.map((part) => part.map(rowCount))).toEqual([
    [10],
    [70_000],
    [48_000, 48_000],
    [48_000, 5],
    [131_072],
    [7],
  ]);
  for (const part of parts)
    if (part.length > 1) expect(part.reduce((sum, each) => sum + rowCount(each), 0)).toBeLessThanOrEqual(SORT_ROWS);
});

it('sorts together what was promoted in short files, and leaves long ones as they are', () => {
  const files = filesOf([600_000, 300_000, 98_304, 70_000, 1_100_000, 90_000], false);
  const parts = sortableParts(files, SPILLED_SORT_ROWS);
  expect(parts.map((part) => part.map(rowCount))).toEqual([
    [600_000],
    [300_000, 98_304, 70_000],
    [1_100_000],
    [90_000],
  ]);
  expect(parts.map(([first]) => isSettled(first!, SPILLED_SORT_ROWS))).toEqual([true, false, true, false]);
});

it.each([
  ['in a quarter of an hour', 15, 3_000_000, true],
  ['in ten minutes, in few rows', 10, 1_000_000, true],
  ['in ten minutes, in many rows', 10, 3_000_000, false],
])('sorts as one what filled a file %s, or not', (_, minutes, count, isWhole) => {
  const full = { ...file(0, count, MIDNIGHT), bytes: TARGET_BYTES };
  const now = MIDNIGHT + minutes * 60_000;
  const plan = planMerge([full], { before: count, now, promoteAfterMs: 3_600_000 });
  expect(plan).toEqual({ inputs: [full], recent: false, sortRows: isWhole ? SPILLED_SORT_ROWS : SORT_ROWS, isWhole });
});

it.each([
  ['a quiet router', 50_000],
  ['300 services of 40 messages a second', 6 * 1024 ** 2 * 24],
  ['six files an hour', 768 * 1024 ** 2],
])(
  'brings a month of %s into a store in at most 24 files a day and one for each 128 MiB, each message once',
  (_, bytesAnHour) => {
    const { remote, local } = simulateCopies({ bytesAnHour, days: 28 });
    expect(local.filter((one) => one.recent)).toEqual([]);
    expect(local.length).toBeLessThanOrEqual(Math.ceil((bytesAnHour * 24) / TARGET_BYTES + 1) * 29); // merged on here
    const mostFiles = 24 + Math.ceil((bytesAnHour * 24) / TARGET_BYTES);
    const isSmall = bytesAnHour <= TARGET_BYTES;
    for (const [, there] of remote) expect(there.length).toBeLessThanOrEqual(isSmall ? 24 : mostFiles);
    const all = [...remote.values()].flat().sort((a, b) => a.first - b.first);
    expect(all[0]?.first).toBe(0);
    for (const [index, one] of all.entries()) expect(one.first).toBe((all[index - 1]?.last ?? -1) + 1);
    expect(all.at(-1)?.last).toBe(28 * 144 * 1_000 - 1);
  },
);
