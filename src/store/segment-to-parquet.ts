import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { connectDuckdb, sqlText } from './duckdb.ts';
import { archiveFileName, dayDir, stagingDir } from './layout.ts';
import type { ArchiveFile } from './layout.ts';
import { publishFile, removeLeftovers } from './publish.ts';
import type { RowTest } from './messages/row-test-sql.ts';
import { ORDERED_SETTINGS, segmentRowsSql } from './segment-sql.ts';

/** A closed journal segment. */
export interface ClosedSegment {
  readonly path: string;
  /** Journal offset of its first message. */
  readonly first: number;
  /** Its messages; at least 1. */
  readonly count: number;
  /** UTC day of its first `received`, `YYYY-MM-DD`. */
  readonly dt: string;
}

export interface ArchiveWriterOptions {
  /** Memory of DuckDB's buffers, in MiB. A segment of 4 MiB needs about 30; what needs more is spilled to disk. @default 96 */
  readonly memoryLimitMiB?: number;
  /** Messages that pass are left out. A segment of which nothing is left becomes an empty file, which keeps its place in the row of offsets. @default none */
  readonly except?: RowTest;
  /** Messages that do not pass are left out. @default none */
  readonly only?: RowTest;
}

/** A file that was just put in place. */
export interface WrittenFile extends ArchiveFile {
  /** Messages of its segment that are not in it. */
  readonly exceptedCount: number;
}

/** Turns closed segments into Parquet files. */
export interface ArchiveWriter {
  /**
   * Writes the segment's file into `_recent` and resolves once it is on disk under its name. Writing the same segment again replaces the file by its
   * equal. Rejects with SegmentError, and leaves no file, if the segment cannot be read or does not hold `count` messages.
   */
  write(segment: ClosedSegment): Promise<WrittenFile>;
  /** Interrupts the write under way, which rejects and leaves no file, and releases DuckDB. Idempotent. */
  close(): Promise<void>;
}

/** A segment could not be archived; the message names it. */
export class SegmentError extends Error {
  override readonly name = 'SegmentError';
  readonly code = 'bad-segment';
}

/** One thread costs a fifth less CPU a message than two, and leaves the other core to the receiver. */
const THREADS = 1;
const DEFAULT_MEMORY_LIMIT_MIB = 96;
/** Messages between two trims of the heap, which take about as long as 2,000 messages. */
const TRIM_AFTER_COUNT = 100_000;
const STAGED_PREFIX = 'segment-';
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Opens a writer for the archive in `dir`, which is made if need be. Rejects with MissingPeerError without DuckDB. */
export async function createArchiveWriter(dir: string, options: ArchiveWriterOptions = {}): Promise<ArchiveWriter> {
  const { only, except = [] } = options;
  const choosesRows = only !== undefined || except.length > 0;
  const staging = stagingDir(dir);
  await mkdir(staging, { recursive: true });
  await removeLeftovers(staging, STAGED_PREFIX);
  const { connection, trim, interruptUntil, close } = await connectDuckdb({
    purpose: 'the archive',
    memoryLimitMiB: options.memoryLimitMiB ?? DEFAULT_MEMORY_LIMIT_MIB,
    threads: THREADS,
    tempDir: join(staging, `${STAGED_PREFIX}spill`),
  });
  await connection.run(ORDERED_SETTINGS);
  let latest: Promise<unknown> = Promise.resolve();
  let untrimmedCount = 0;

  async function writeOne({ path, first, count, dt }: ClosedSegment): Promise<WrittenFile> {
    if (!Number.isSafeInteger(count) || count < 1)
      throw new SegmentError(`segment ${path}: ${count} messages is nothing to archive`);
    if (!DAY.test(dt)) throw new SegmentError(`segment ${path}: ${JSON.stringify(dt)} is not a day`);
    const last = first + count - 1;
    const name = archiveFileName(first, last);
    const staged = join(staging, STAGED_PREFIX + name);
    const target = join(dayDir(dir, dt, true), name);
    const rows = segmentRowsSql(path, choosesRows ? { except, ...(only && { only }), count } : undefined);
    let keptCount: number;
    try {
      const written = await connection
        .run(`COPY (${rows}) TO ${sqlText(staged)} (FORMAT parquet, COMPRESSION snappy)`)
        .catch((error: unknown) => {
          throw new SegmentError(`segment ${path}: ${error instanceof Error ? error.message : String(error)}`, {
            cause: error,
          });
        });
      keptCount = written.rowsChanged;
      if (!choosesRows && keptCount !== count) {
        throw new SegmentError(`segment ${path}: holds ${keptCount} messages where the journal counted ${count}`);
      }
      await publishFile(staged, target);
    } catch (error) {
      await rm(staged, { force: true });
      throw error;
    }
    untrimmedCount += count;
    if (untrimmedCount >= TRIM_AFTER_COUNT) {
      untrimmedCount = 0;
      await trim();
    }
    const { size, mtimeMs } = await stat(target);
    return {
      path: target,
      dt,
      writer: '',
      first,
      last,
      recent: true,
      bytes: size,
      mtimeMs,
      exceptedCount: count - keptCount,
    };
  }

  return {
    write(segment) {
      const result = latest.then(() => writeOne(segment));
      latest = result.catch(() => undefined); // the caller has the rejection; the next segment is not its business
      return result;
    },
    async close() {
      await interruptUntil(latest);
      close();
    },
  };
}
