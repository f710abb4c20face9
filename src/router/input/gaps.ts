/**
 * The numbers below a sender's next one that have not come, as triples `from, to (excluded), missing` in one flat array, lowest first.
 * `missing` is how many of the gap's numbers are held to be missing: all of them; none where an earlier run may have received them; some
 * where gaps were joined.
 */
export type Gaps = number[];

/**
 * A path that loses much makes many gaps, and UDP never fills them: past this many the two lowest become one, with what came between them. A
 * message that comes late for them is taken; one of those between that is sent again is taken twice, which is the lesser harm.
 */
export const MAX_GAPS = 64;

const WIDTH = 3;

/** What `takeFromGaps` found. */
export interface Taken {
  /** The numbers that were still open, as flat pairs `from, to (excluded)`. */
  readonly ranges: number[];
  /** How many of them had been counted as missing; of joined gaps as many as possible, so that what stays is a lower bound. */
  readonly missingCount: number;
}

/** Removes `from` to `to` (excluded) from the gaps and tells which of these numbers were in one. */
export function takeFromGaps(gaps: Gaps, from: number, to: number): Taken {
  const taken = cut(gaps, from, to);
  joinLowest(gaps);
  return taken;
}

function cut(gaps: Gaps, from: number, to: number): Taken {
  const ranges: number[] = [];
  const kept: number[] = [];
  let missingCount = 0;
  for (let i = 0; i < gaps.length; i += WIDTH) {
    const [gapFrom = 0, gapTo = 0, missing = 0] = gaps.slice(i, i + WIDTH);
    const start = Math.max(from, gapFrom);
    const end = Math.min(to, gapTo);
    if (start >= end) {
      kept.push(gapFrom, gapTo, missing);
      continue;
    }
    ranges.push(start, end);
    const found = Math.min(missing, end - start);
    missingCount += found;
    const below = Math.min(missing - found, start - gapFrom);
    if (gapFrom < start) kept.push(gapFrom, start, below);
    if (end < gapTo) kept.push(end, gapTo, missing - found - below);
  }
  gaps.length = 0;
  gaps.push(...kept);
  return { ranges, missingCount };
}

/** Opens a gap above all others. */
export function addGap(gaps: Gaps, from: number, to: number, isMissing: boolean): void {
  gaps.push(from, to, isMissing ? to - from : 0);
  joinLowest(gaps);
}

/** Opens numbers again that were closed; joined gaps may span some of them. */
export function reopen(gaps: Gaps, from: number, to: number): void {
  const { missingCount } = cut(gaps, from, to);
  let at = 0;
  while (at < gaps.length && (gaps[at] ?? 0) < from) at += WIDTH;
  gaps.splice(at, 0, from, to, missingCount);
  joinLowest(gaps);
}

/**
 * Counts the gaps of which nobody knew whether they are missing, now that it is known. The result is how many numbers that are; what `isPlausible` refuses stays as
 * it is.
 */
export function countUnknown(gaps: Gaps, isPlausible: (length: number) => boolean): number {
  let counted = 0;
  for (let i = 0; i < gaps.length; i += WIDTH) {
    const length = (gaps[i + 1] ?? 0) - (gaps[i] ?? 0);
    if (gaps[i + 2] !== 0 || !isPlausible(length)) continue;
    gaps[i + 2] = length;
    counted += length;
  }
  return counted;
}

/** Joins the two lowest gaps until there are no more than `most`. */
export function joinLowest(gaps: Gaps, most = MAX_GAPS): void {
  while (gaps.length > most * WIDTH) {
    const [from = 0, , missing = 0, , to = 0, missingAbove = 0] = gaps;
    gaps.splice(0, 2 * WIDTH, from, to, missing + missingAbove);
  }
}
