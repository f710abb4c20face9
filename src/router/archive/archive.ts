import type { Columns } from '../../core/column-kind.ts';
import type { Cancel } from '../../core/platform.ts';
import { messageOf } from '../../core/text-of.ts';
import type { ClosedSegment, WrittenFile } from '../../store/segment-to-parquet.ts';
import type { Consumer } from '../journal/segment-queue.ts';
import type { Segment } from '../journal/segment.ts';
import { openArchiveParts, type ArchiveDeps, type ArchiveOptions } from './archive-parts.ts';
import type { CopyStats } from './copy-stats.ts';
import { createMergeSchedule } from './merge-schedule.ts';

export interface ArchiveStats {
  /** Offset of the first message that is not archived. */
  readonly cursor: number;
  /** Messages in closed segments that are not archived yet. */
  readonly waiting: number;
  /** Attempts that failed since the start, to archive a segment or to merge. */
  readonly failures: number;
  /** Messages in segments that cannot be read, which were set aside as `<segment>.bad`. */
  readonly setAside: number;
  /** Messages that the configuration leaves out, since the start. */
  readonly excepted: number;
  /** Messages that the journal deleted before they were archived, because it had become too large. */
  readonly expired: number;
  /** Its copy in another store; undefined where there is none. */
  readonly copy: CopyStats | undefined;
}

/** Brings the journal into the archive, and keeps the archive in order. */
export interface Archive {
  /** Offset after the last message that the archive held when it was opened. */
  readonly end: number;
  /** Reads the journal from here on. `nextOffset` is that of the first message of this run. */
  start(consumer: Consumer, nextOffset: number): void;
  /** There is something new to read. */
  wake(): void;
  /** Registers other types from now on. Never rejects: what fails is told. */
  setTypes(types: ReadonlyMap<string, Columns>): Promise<void>;
  stats(): ArchiveStats;
  /** Archives what is there, for at most `deadlineMs` and until something fails, and releases everything; what is under way then is given up, and done again by the next run. Idempotent. */
  close(deadlineMs: number): Promise<void>;
}

const ARCHIVING = 'archiving';
const MERGING = 'merging the archive';
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
/** Attempts after which a segment itself is suspected, if a later one goes through. */
const SUSPECT_AFTER = 4;

/** Opens the archive. Rejects if its folder cannot be used or DuckDB is not installed. */
export async function openArchive(options: ArchiveOptions, deps: ArchiveDeps): Promise<Archive> {
  const { writer, copier, merger, types, end } = await openArchiveParts(options, deps);
  const { clock } = deps;
  let consumer: Consumer | undefined;
  let failures = 0;
  let setAside = 0;
  let excepted = 0;
  let attempts = 0; // at the segment at hand
  /** What was told last of each work, until it succeeds. */
  const complaints = new Map<string, string>();
  let isClosing = false;
  let isStopped = false;
  let running: Promise<void> | undefined;
  let cancelRetry: Cancel | undefined;
  let closing: Promise<void> | undefined;

  const merges = createMergeSchedule(
    merger,
    { everyMs: options.mergeEveryMs, promoteAfterMs: options.promoteAfterMs },
    {
      clock,
      before: () => consumer?.offset ?? 0,
      onMerged: () => void complaints.delete(MERGING),
      onFailure: (error) => onFailure(MERGING, error),
    },
  );

  function wake(): void {
    // With nothing to read, `run` would have ended before it is noted that it runs.
    if (isStopped || cancelRetry !== undefined || consumer?.next() === undefined) return;
    running ??= run();
  }

  /** Asked anew after each wait. */
  const hasStopped = (): boolean => isStopped;

  async function run(): Promise<void> {
    for (let segment = consumer?.next(); segment !== undefined && !hasStopped(); segment = consumer?.next()) {
      try {
        const written = await consumer?.read(segment, archiveSegment);
        await consumer?.pass(segment);
        excepted += written?.exceptedCount ?? 0;
        attempts = 0;
        complaints.delete(ARCHIVING);
      } catch (error) {
        if (hasStopped()) break; // cut off at the deadline
        onFailure(ARCHIVING, error);
        if (++attempts >= SUSPECT_AFTER && (await isAtFault(segment))) continue;
        if (isClosing) break;
        backOff();
        break;
      }
    }
    running = undefined;
  }

  /** The file first: what it holds is kept, whatever its messages announce. */
  async function archiveSegment(segment: ClosedSegment): Promise<WrittenFile> {
    const written = await writer.write(segment);
    await types.take(segment.path);
    return written;
  }

  function backOff(): void {
    const delayMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempts - 1));
    cancelRetry = clock.after(delayMs, () => {
      cancelRetry = undefined;
      wake();
    });
  }

  /**
   * A disk that is full fails for every segment. If the newest goes through, this one is damaged: it is set aside, so that the others go on.
   * The newest, as damaged ones may follow each other.
   */
  async function isAtFault(segment: Segment): Promise<boolean> {
    const newest = consumer?.newestAfter(segment);
    if (newest === undefined) return false;
    try {
      await consumer?.read(newest, writer.write); // again in its turn, over itself
      await consumer?.setAside(segment);
    } catch (error) {
      if (!isStopped) onFailure(ARCHIVING, error);
      return false;
    }
    setAside += segment.count;
    attempts = 0;
    deps.onTrouble(
      `${segment.path} cannot be read; its ${segment.count} messages are set aside in ${segment.path}.bad`,
    );
    return true;
  }

  function onFailure(what: string, error: unknown): void {
    failures++;
    const text = `${what} failed, and is tried again: ${messageOf(error)}`;
    if (text !== complaints.get(what)) deps.onTrouble(text);
    complaints.set(what, text);
  }

  async function close(deadlineMs: number): Promise<void> {
    isClosing = true;
    merges.stop();
    cancelRetry?.();
    cancelRetry = undefined;
    wake();
    const copierClosed = copier?.close(deadlineMs);
    const stop = (): Promise<unknown> => {
      isStopped = true;
      return Promise.all([merges.close(), writer.close()]);
    };
    const deadline = setTimeout(() => void stop(), deadlineMs);
    await running;
    clearTimeout(deadline);
    await stop();
    await copierClosed;
  }

  return {
    end,
    start(given, nextOffset) {
      consumer = given;
      merges.start();
      copier?.start(nextOffset);
      wake();
    },
    wake,
    setTypes: (configured) =>
      types
        .configure(configured)
        .catch((error: unknown) => deps.onTrouble(`the configured types are not registered: ${messageOf(error)}`)),
    stats: () => ({
      cursor: consumer?.offset ?? 0,
      waiting: consumer?.waiting ?? 0,
      failures,
      setAside,
      excepted,
      expired: consumer?.expired ?? 0,
      copy: copier?.stats(),
    }),
    close: (deadlineMs) => (closing ??= close(deadlineMs)),
  };
}
