/**
 * The numbers below a sender's next one that have not come, as triples `from, to (excluded), counted` in one flat array, lowest first.
 * `counted` is 1 where the numbers are held to be missing, 0 where an earlier run may have received them.
 */
export type Gaps = number[];

/** A path that loses much makes many gaps, and UDP never fills them: past this many the lowest are closed, and stay counted. */
export const MAX_GAPS = 64;

const WIDTH = 3;

/** What `takeFromGaps` found. */
export interface Taken {
  /** The numbers that were still open, as flat pairs `from, to (excluded)`. */
  readonly ranges: number[];
  /** How many of them had been counted as missing. */
  readonly countedCount: number;
}

/** Removes `from` to `to` (excluded) from the gaps and tells which of these numbers were in one. */
export function takeFromGaps(gaps: Gaps, from: number, to: number): Taken {
  const ranges: number[] = [];
  const kept: number[] = [];
  let countedCount = 0;
  for (let i = 0; i < gaps.length; i += WIDTH) {
    const [gapFrom = 0, gapTo = 0, counted = 0] = gaps.slice(i, i + WIDTH);
    const start = Math.max(from, gapFrom);
    const end = Math.min(to, gapTo);
    if (start >= end) {
      kept.push(gapFrom, gapTo, counted);
      continue;
    }
    ranges.push(start, end);
    if (counted === 1) countedCount += end - start;
    if (gapFrom < start) kept.push(gapFrom, start, counted);
    if (end < gapTo) kept.push(end, gapTo, counted);
  }
  replace(gaps, kept);
  return { ranges, countedCount };
}

/** Opens a gap above all others. */
export function addGap(gaps: Gaps, from: number, to: number, counted: boolean): void {
  gaps.push(from, to, counted ? 1 : 0);
  if (gaps.length > MAX_GAPS * WIDTH) gaps.splice(0, gaps.length - MAX_GAPS * WIDTH);
}

/** Opens numbers again that were closed; they lie in no gap. */
export function reopen(gaps: Gaps, from: number, to: number): void {
  let at = 0;
  while (at < gaps.length && (gaps[at] ?? 0) < from) at += WIDTH;
  gaps.splice(at, 0, from, to, 0);
  if (gaps.length > MAX_GAPS * WIDTH) gaps.splice(0, gaps.length - MAX_GAPS * WIDTH);
}

/** How many of the numbers in the gaps are held to be missing. */
export function countMissing(gaps: Gaps): number {
  let count = 0;
  for (let i = 0; i < gaps.length; i += WIDTH) {
    if (gaps[i + 2] === 1) count += (gaps[i + 1] ?? 0) - (gaps[i] ?? 0);
  }
  return count;
}

function replace(gaps: Gaps, kept: readonly number[]): void {
  gaps.length = 0;
  gaps.push(...kept.slice(-MAX_GAPS * WIDTH));
}
