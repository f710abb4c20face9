import { dayOf } from '../../core/day.ts';
import type { ArchiveFile } from '../layout.ts';

/**
 * What is merged, and when. Small files are sorted together; while it is recent, a file that has reached FULL_ROWS is only streamed into others, which costs
 * a third of sorting. What leaves `_recent` is sorted as one, as engines pass over row groups by what lies in them.
 */

/** Most rows that are sorted at once in memory: what a sort takes in memory grows with it (98,304 rows of counters and timers: about 50 MiB). */
export const SORT_ROWS = 98_304;
/** Most rows that are sorted at once with the help of the disk: a million take 130 to 270 MiB there; with 1.6 million the merger had too little memory. */
export const SPILLED_SORT_ROWS = 1_000_000;
/** A file of this many rows has sorted runs long enough to be worth keeping. */
const FULL_ROWS: number = SORT_ROWS / 2;
/** Files of similar size that are merged together; a file is `TIER_FILES` to the power of its level, in rows. */
const TIER_FILES = 16;
/** Where merging ends. Large enough for HDFS and S3, small enough to copy in a second. */
export const TARGET_BYTES: number = 128 * 1024 * 1024;
/** Longest a message stays in `_recent`, where Hive and Spark do not see it, unless it is said otherwise. */
const PROMOTE_AFTER_MS: number = 15 * 60 * 1000;
/** A file that filled sooner is only streamed: sorting takes 1.9 µs of CPU a message more, at 100,000 a second a fifth of a core. What took so long came at 12,000 a second at most. */
const SORTED_FROM_MS = PROMOTE_AFTER_MS;

/** Messages that the file stands for: as many as it holds, unless the archive leaves some out. */
export const rowCount = (file: ArchiveFile): number => file.last - file.first + 1;

export interface MergeOptions {
  /** Only files that end before this offset are touched; it says nothing of other writers' files. */
  readonly before: number;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Moves every file out of `_recent`, whatever its age: nobody waits for more to come. @default false */
  readonly all?: boolean;
  /** Longest a message stays in `_recent`, in milliseconds. @default 15 minutes */
  readonly promoteAfterMs?: number;
  /** Most rows that are sorted at once of what leaves `_recent`. @default SPILLED_SORT_ROWS */
  readonly sortRows?: number;
  /** Only files of equal keys are merged, and those without one are not. @default all are alike */
  readonly mergeKey?: (file: ArchiveFile) => string | undefined;
}

export interface Merge {
  readonly inputs: readonly ArchiveFile[];
  /** Whether the output stays in `_recent`. */
  readonly recent: boolean;
  /** Most rows that are sorted at once. */
  readonly sortRows: number;
  /** Whether the output is sorted as one, however many rows it has; else it is a row of the parts that `sortableParts` says. */
  readonly isWhole: boolean;
}

/** The next merge that is due in this archive, given its files without superseded ones, or undefined. */
export function planMerge(live: readonly ArchiveFile[], options: MergeOptions): Merge | undefined {
  const { before, mergeKey = () => '' } = options;
  const files = live.filter((file) => file.writer !== '' || file.last < before);
  const runs = adjacentRuns(files, mergeKey);
  return planPromotion(runs, options) ?? planTier(runs) ?? planClosedDay(runs, live, options);
}

/**
 * Files whose offsets follow each other without a gap, of one writer, one day, one folder and one key. Only these may be merged: a file that covered a gap would supersede
 * what is written into the gap later.
 */
function adjacentRuns(
  files: readonly ArchiveFile[],
  keyOf: (file: ArchiveFile) => string | undefined,
): readonly (readonly ArchiveFile[])[] {
  const runs: ArchiveFile[][] = [];
  let previous: ArchiveFile | undefined;
  let previousKey: string | undefined;
  for (const file of files) {
    const run = runs.at(-1);
    const key = keyOf(file);
    const follows =
      previous !== undefined &&
      file.first === previous.last + 1 &&
      file.dt === previous.dt &&
      file.writer === previous.writer &&
      file.recent === previous.recent &&
      key !== undefined &&
      key === previousKey;
    if (follows && run !== undefined) run.push(file);
    else runs.push([file]);
    previous = file;
    previousKey = key;
  }
  return runs;
}

function planPromotion(
  runs: readonly (readonly ArchiveFile[])[],
  { now, all, promoteAfterMs = PROMOTE_AFTER_MS, sortRows = SPILLED_SORT_ROWS }: MergeOptions,
): Merge | undefined {
  for (const run of runs) {
    if (run[0]?.recent !== true) continue;
    const isOlder = (ms: number): boolean => all === true || run.some((file) => file.mtimeMs <= now - ms);
    if (!isOlder(promoteAfterMs) && sumOf(run, (file) => file.bytes) < TARGET_BYTES) continue;
    const inputs = firstUpTo(run, TARGET_BYTES, (file) => file.bytes);
    const isSorted = isOlder(SORTED_FROM_MS) || sumOf(inputs, rowCount) <= sortRows;
    return { inputs, recent: false, sortRows: isSorted ? sortRows : SORT_ROWS, isWhole: isSorted };
  }
  return undefined;
}

function planTier(runs: readonly (readonly ArchiveFile[])[]): Merge | undefined {
  for (const run of runs) {
    if (run[0]?.recent !== true) continue;
    for (const small of sameKind(run, (file) => rowCount(file) < FULL_ROWS)) {
      const inputs = firstUpTo(small, SORT_ROWS, rowCount);
      if (inputs.length > 1 && inputs.length < small.length) {
        return { inputs, recent: true, sortRows: SORT_ROWS, isWhole: false }; // a sort's worth is there
      }
    }
    const highest = Math.max(...run.map(level));
    for (let tier = 0; tier <= highest; tier++) {
      for (const similar of sameKind(run, (file) => level(file) <= tier)) {
        if (similar.length < TIER_FILES) continue;
        const inputs = firstUpTo(similar, TARGET_BYTES, (file) => file.bytes);
        return { inputs, recent: true, sortRows: SORT_ROWS, isWhole: false };
      }
    }
  }
  return undefined;
}

/** A day that is over, and out of `_recent`, is brought to as few files as its size allows. */
function planClosedDay(
  runs: readonly (readonly ArchiveFile[])[],
  live: readonly ArchiveFile[],
  { now, sortRows = SPILLED_SORT_ROWS }: MergeOptions,
): Merge | undefined {
  const today = dayOf(now);
  const waiting = new Set(live.filter((file) => file.recent).map((file) => file.dt));
  for (const run of runs) {
    const [first] = run;
    if (first === undefined || first.recent || first.dt >= today || waiting.has(first.dt)) continue;
    for (let start = 0; start < run.length;) {
      const inputs = firstUpTo(run.slice(start), TARGET_BYTES, (file) => file.bytes);
      if (inputs.length > 1) return { inputs, recent: false, sortRows, isWhole: false };
      start += inputs.length;
    }
  }
  return undefined;
}

/** Splits what is merged into parts of at most `sortRows` rows, which are sorted each; a settled file is a part of its own. */
export function sortableParts(inputs: readonly ArchiveFile[], sortRows: number): readonly (readonly ArchiveFile[])[] {
  const parts: ArchiveFile[][] = [];
  let rows = Infinity;
  for (const file of inputs) {
    const count = rowCount(file);
    const isAlone = isSettled(file, sortRows);
    if (isAlone || rows + count > sortRows) {
      parts.push([file]);
      rows = isAlone ? Infinity : count;
    } else {
      parts.at(-1)?.push(file);
      rows += count;
    }
  }
  return parts;
}

/** Whether a file is left as it is where `sortRows` can be sorted at once: it is long enough. */
export const isSettled = (file: ArchiveFile, sortRows: number): boolean => rowCount(file) >= sortRows / 2;

const level = (file: ArchiveFile): number => Math.floor(Math.log2(rowCount(file)) / Math.log2(TIER_FILES));

/** The longest stretches of neighbours that all satisfy `is`. */
function sameKind(
  run: readonly ArchiveFile[],
  is: (file: ArchiveFile) => boolean,
): readonly (readonly ArchiveFile[])[] {
  const stretches: ArchiveFile[][] = [[]];
  for (const file of run) {
    if (is(file)) stretches.at(-1)?.push(file);
    else stretches.push([]);
  }
  return stretches;
}

/** As many from the front as stay within `limit` together; at least one. */
function firstUpTo(
  files: readonly ArchiveFile[],
  limit: number,
  size: (file: ArchiveFile) => number,
): readonly ArchiveFile[] {
  let total = 0;
  const end = files.findIndex((file) => (total += size(file)) > limit);
  return end === -1 ? files : files.slice(0, Math.max(end, 1));
}

/** The sum of a number of each. */
export const sumOf = (files: readonly ArchiveFile[], size: (file: ArchiveFile) => number): number =>
  files.reduce((total, file) => total + size(file), 0);
