import { mkdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { companionPath, listCompanions, removeWithoutFile, type Companion } from './companions.ts';
import { connectDuckdb, countRows, isOutOfMemory, sqlText } from '../duckdb.ts';
import { HOURS } from '../hours.ts';
import { archiveFileName, dayDir, listAllFiles, stagingDir, withoutSuperseded } from '../layout.ts';
import type { ArchiveFile } from '../layout.ts';
import { planExpiry, removeFiles, removeSuperseded } from './merge-cleanup.ts';
import { planMerge, rowCount, sumOf } from './merge-plan.ts';
import type { Merge, MergeOptions } from './merge-plan.ts';
import { publishFile, removeLeftovers } from '../publish.ts';
import { readMarks, removeMarksWithoutDay } from '../remote/copies/copy-marks.ts';
import { mergeKeyOf, waitsFor, type CopyTarget } from '../remote/copies/copy-rules.ts';
import { WORDS } from '../words.ts';
import { SORTED_SETTINGS } from './sorted-parquet.ts';
import { writeMerge } from './write-merge.ts';

export interface MergerOptions {
  /** Days whose files are kept, counted back from today; Infinity keeps all. @default 30 */
  readonly retentionDays?: number;
  /** Memory of DuckDB's buffers, in MiB. @default 96 */
  readonly memoryLimitMiB?: number;
  /** Where the files are copied to: what is not there yet is neither merged nor, within bounds, deleted. @default nowhere */
  readonly copyTo?: CopyTarget & {
    /** Most bytes that wait for it past their retention. */
    readonly maxWaitingBytes: number;
    /** Whether a file that waits may go as too much does. From then on it is not copied; one that is being copied may not. */
    giveUp(path: string): boolean;
    /** So many messages were deleted for good, as too much waited. */
    onExpired(count: number): void;
  };
}

export interface MergeReport {
  /** Files that were merged into others. */
  readonly mergedCount: number;
  /** Files that took their place. */
  readonly writtenCount: number;
  /** Files deleted: superseded a minute ago, or past their retention. */
  readonly removedCount: number;
}

/** Keeps the archive at few files. One at a time for an archive; readers and the writer need not know of it. */
export interface Merger {
  /**
   * Does all that is due: deletes, merges small files, moves them out of `_recent`. Rejects on the first failure and leaves the archive whole; the next run
   * takes it up again. Runs do not overlap: a second call waits for the first.
   */
  run(options: Omit<MergeOptions, 'mergeKey'>): Promise<MergeReport>;
  /** Interrupts the merge under way, whose run rejects, and releases DuckDB. The next merger does it again. Idempotent. */
  close(): Promise<void>;
}

const MERGER_DEFAULTS: Required<Pick<MergerOptions, 'retentionDays' | 'memoryLimitMiB'>> = {
  retentionDays: 30,
  memoryLimitMiB: 96,
};
/** One thread: a merge is never urgent, and the receiver wants the other core. */
const THREADS = 1;
const STAGED_PREFIX = 'merge-';

/** Opens a merger for the archive in `dir`; removes what an earlier one left half done. Rejects with MissingPeerError without DuckDB. */
export async function createMerger(dir: string, given: MergerOptions = {}): Promise<Merger> {
  const options = { ...MERGER_DEFAULTS, ...given };
  const staging = stagingDir(dir);
  await mkdir(staging, { recursive: true });
  await removeLeftovers(staging, STAGED_PREFIX);
  const duckdb = await connectDuckdb({
    purpose: 'merging the archive',
    memoryLimitMiB: options.memoryLimitMiB,
    threads: THREADS,
    tempDir: join(staging, `${STAGED_PREFIX}spill`),
  });
  const { connection, trim, interruptUntil, close } = duckdb;
  await connection.run(SORTED_SETTINGS);
  let latest: Promise<unknown> = Promise.resolve();
  const closing = new AbortController();
  /** Companions that there is too little memory for. */
  const tooLarge = new Set<string>();

  async function runOnce(run: Omit<MergeOptions, 'mergeKey'>): Promise<MergeReport> {
    const { now } = run;
    let removedCount = await removeExpired(now);
    removedCount += await removeSuperseded(dir, await listAllFiles(dir), now);
    // Nothing else changes them so that a merge would be wrong by them: what is there stays there.
    const mergeKey = mergeKeyOf(await readMarks(dir), options.copyTo, now);
    let mergedCount = 0;
    let writtenCount = 0;
    while (!closing.signal.aborted) {
      const merge = planMerge(withoutSuperseded(await listAllFiles(dir)), { ...run, mergeKey });
      if (merge === undefined) break;
      await execute(merge, now);
      mergedCount += merge.inputs.length;
      writtenCount++;
    }
    for (const companion of [HOURS, WORDS]) await makeCompanions(companion);
    return { mergedCount, writtenCount, removedCount };
  }

  async function removeExpired(now: number): Promise<number> {
    const { retentionDays, copyTo } = options;
    const files = await listAllFiles(dir);
    const marks = await readMarks(dir);
    const { files: gone, lost } = planExpiry(files, now, {
      retentionDays,
      ...(copyTo && { ...copyTo, waits: waitsFor(marks, copyTo, now) }),
    });
    // A damaged file goes all the same, and counts as what its name says.
    const lostCount = lost.length === 0 ? 0 : await rowsIn(lost).catch(() => sumOf(lost, rowCount));
    const count = await removeFiles(dir, files, gone, now);
    if (lostCount > 0) copyTo?.onExpired(lostCount);
    if (marks.size > 0) await removeMarksWithoutDay(dir, await listAllFiles(dir));
    return count;
  }

  /** Also for files that were written before there were any; the newest first, as reports ask for these. */
  async function makeCompanions(companion: Companion): Promise<void> {
    const files = await listAllFiles(dir);
    await removeWithoutFile(dir, companion, files);
    const there = await listCompanions(dir, companion);
    for (const file of [...withoutSuperseded(files)].reverse()) {
      if (closing.signal.aborted) return;
      const target = companionPath(dir, companion, file);
      if (file.recent || there.has(target) || tooLarge.has(target)) continue;
      const staged = join(staging, `${STAGED_PREFIX}beside-${archiveFileName(file.first, file.last, file.writer)}`);
      try {
        await connection.run(`COPY (${companion.sql(file.path)}) TO ${sqlText(staged)} (${companion.format})`);
        await publishFile(staged, target);
      } catch (error) {
        if (!isOutOfMemory(error)) throw error;
        tooLarge.add(target); // readers do without it, and it would be the same at the next run
      } finally {
        await rm(staged, { force: true });
        await trim();
      }
    }
  }

  async function execute(merge: Merge, now: number): Promise<void> {
    const { inputs, recent } = merge;
    const [head] = inputs;
    const tail = inputs.at(-1);
    if (head === undefined || tail === undefined) return;
    const name = archiveFileName(head.first, tail.last, head.writer);
    const staged = join(staging, STAGED_PREFIX + name);
    try {
      await writeMerge(duckdb, merge, staged);
      // From here on the age of a live file is that of its oldest message, and that of a superseded one counts from now.
      const oldestMs = Math.min(...inputs.map((file) => file.mtimeMs));
      await utimes(staged, oldestMs / 1000, oldestMs / 1000);
      for (const file of inputs) await utimes(file.path, now / 1000, now / 1000);
      await publishFile(staged, join(dayDir(dir, head.dt, recent), name));
    } finally {
      await rm(staged, { force: true });
      await trim();
    }
  }

  const rowsIn = (files: readonly ArchiveFile[]): Promise<number> =>
    countRows(
      connection,
      files.map((file) => file.path),
    );

  return {
    run(runOptions) {
      const result = latest.then(() => runOnce(runOptions));
      latest = result.catch(() => undefined); // the caller has the rejection; the next run starts from what is on disk
      return result;
    },
    async close() {
      closing.abort();
      await interruptUntil(latest);
      close();
    },
  };
}
