import type { Columns } from '../../core/column-kind.ts';
import type { Cancel, Clock } from '../../core/platform.ts';
import { messageOf } from '../../core/text-of.ts';
import { archiveEnd, listArchive } from '../../store/layout.ts';
import { createMerger } from '../../store/merge.ts';
import { createArchiveWriter, type ClosedSegment, type WrittenFile } from '../../store/segment-to-parquet.ts';
import { openTypeKeeper } from '../../store/type-keeper.ts';
import { openRemote } from '../../store/remote/open-remote.ts';
import type { RemoteOptions } from '../../store/remote/remote-options.ts';
import type { Remote } from '../../store/remote/remote.ts';
import type { ResolvedRemote } from './archive-options.ts';
import { openCopier, type Copier, type CopyStats } from './copier.ts';
import type { Consumer } from '../journal/segment-queue.ts';
import type { Segment } from '../journal/segment.ts';
import type { Match } from '../routes/route.ts';
import { rowConditions } from './row-conditions.ts';

export interface ArchiveOptions {
  readonly dir: string;
  readonly retentionDays: number;
  /** Pause between two looks for what is to be merged, in milliseconds. */
  readonly mergeEveryMs: number;
  /** Longest a message stays in `_recent`, in milliseconds. @default 15 minutes */
  readonly promoteAfterMs?: number;
  /** A message that fits any of these is left out. @default none */
  readonly except?: readonly Match[];
  /** A message that fits none of these is left out. @default none is */
  readonly only?: readonly Match[] | undefined;
  /** Types that have a view of their own, whether or not a sender announces them. @default none */
  readonly types?: ReadonlyMap<string, Columns>;
  /** The store that its files are copied to. @default none */
  readonly remote?: ResolvedRemote | undefined;
}

export interface ArchiveDeps {
  readonly clock: Clock;
  /** Something failed; said once until it works again. */
  onTrouble(text: string): void;
  /** @default `openRemote` */
  readonly openRemote?: ((url: string, options: RemoteOptions) => Promise<Remote>) | undefined;
}

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

const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
/** Attempts after which a segment itself is suspected, if a later one goes through. */
const SUSPECT_AFTER = 4;

/** Opens the archive. Rejects if its folder cannot be used or DuckDB is not installed. */
export async function openArchive(options: ArchiveOptions, deps: ArchiveDeps): Promise<Archive> {
  const { dir, only, except = [] } = options;
  const writer = await createArchiveWriter(dir, {
    except: except.map(rowConditions),
    ...(only && { only: only.map(rowConditions) }),
  });
  const copier = options.remote && (await openCopierOf(dir, options.remote));
  const merger = await createMerger(dir, {
    retentionDays: options.retentionDays,
    ...(options.remote && {
      copyTo: {
        ...options.remote,
        url: options.remote.identity,
        onExpired: (count: number) => copier?.addExpired(count),
      },
    }),
  });
  const end = archiveEnd(await listArchive(dir));
  const promotion = options.promoteAfterMs === undefined ? {} : { promoteAfterMs: options.promoteAfterMs };
  const { clock } = deps;
  const types = await openTypeKeeper(
    options.dir,
    { configured: options.types ?? new Map(), retentionDays: options.retentionDays },
    { now: clock.now, onTrouble: deps.onTrouble },
  );
  let consumer: Consumer | undefined;
  let failures = 0;
  let setAside = 0;
  let excepted = 0;
  let attempts = 0; // at the segment at hand
  let complaint = '';
  let isClosing = false;
  let isStopped = false;
  let running: Promise<void> | undefined;
  let merging: Promise<void> | undefined;
  let cancelRetry: Cancel | undefined;
  let cancelMerge: Cancel | undefined;
  let closing: Promise<void> | undefined;

  function openCopierOf(archiveDir: string, remote: ResolvedRemote): Promise<Copier> {
    return openCopier(
      { ...remote, dir: archiveDir, everyMs: options.mergeEveryMs },
      {
        clock: deps.clock,
        onTrouble: (text) => deps.onTrouble(text),
        open: () => (deps.openRemote ?? openRemote)(remote.url, remote.options),
      },
    );
  }

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
        complaint = '';
      } catch (error) {
        if (hasStopped()) break; // cut off at the deadline
        onFailure('archiving', error);
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
      if (!isStopped) onFailure('archiving', error);
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
    if (text !== complaint) deps.onTrouble(text);
    complaint = text;
  }

  function mergeLater(): void {
    cancelMerge = clock.after(options.mergeEveryMs, () => {
      merging = merger
        .run({ before: consumer?.offset ?? 0, now: clock.now(), ...promotion })
        .catch((error: unknown) => {
          if (!isStopped) onFailure('merging the archive', error);
        })
        .then(() => {
          if (!isClosing) mergeLater();
        });
    });
  }

  async function close(deadlineMs: number): Promise<void> {
    isClosing = true;
    cancelMerge?.();
    cancelRetry?.();
    cancelRetry = undefined;
    wake();
    const copierClosed = copier?.close(deadlineMs);
    const stop = (): Promise<unknown> => {
      isStopped = true;
      return Promise.all([merger.close(), writer.close()]);
    };
    const deadline = setTimeout(() => void stop(), deadlineMs);
    await running;
    clearTimeout(deadline);
    await stop();
    await merging;
    await copierClosed;
  }

  return {
    end,
    start(given, nextOffset) {
      consumer = given;
      mergeLater();
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
