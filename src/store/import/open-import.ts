import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RefusalReason } from '../../core/refusal.ts';
import { connectDuckdb } from '../duckdb.ts';
import { archiveFileName, dayDir, importWriter, listAllFiles } from '../layout.ts';
import { SORT_ROWS, TARGET_BYTES } from '../merge/merge-plan.ts';
import { SORTED_SETTINGS } from '../merge/sorted-parquet.ts';
import { publishFile } from '../publish.ts';
import { beginDayText, type DayText } from './day-text.ts';
import { importStaging } from './import-staging.ts';
import type { LineBatch } from './line-batches.ts';
import { ORDERED_SETTINGS } from '../segment-sql.ts';
import { readImportLine, type ImportedLine } from './read-line.ts';
import { joinParts, segmentToSorted } from './rows-to-parquet.ts';

/**
 * Brings one file of messages into an archive, beside a router that writes to it or alone. Its files are named by the import and the lines that they are of, and those of a day come
 * in the order of the lines: what is there says how far the import has come on each day. Killed at any moment and run again, it brings in each line once.
 */
export interface Import {
  /** Takes the lines that follow those it took before. Rejects if they cannot be written. */
  take(batch: LineBatch): Promise<void>;
  /** Puts in place what has not been yet. */
  finish(): Promise<void>;
  counts(): ImportCounts;
  /** Stops what is under way, and deletes what is not in place. Idempotent. */
  close(): Promise<void>;
}

export interface ImportCounts {
  readonly lines: number;
  /** Lines that this import brought in, and that an earlier run of it had. */
  readonly imported: number;
  readonly earlier: number;
  /** Of those that this import brought in, what is in place, whatever happens from now on. */
  readonly inPlace: number;
  /** Lines that are no message. */
  readonly refused: number;
  /** Lines of days that the archive does not keep. */
  readonly tooOld: number;
  /** Days of the messages that are in the archive. */
  readonly days: number;
}

export interface ImportOptions {
  /** The archive's folder; made if need be. */
  readonly dir: string;
  /** Tells the file's content from any other: 16 hexadecimal digits. One import of an id at a time. */
  readonly id: string;
  /** Lines before this number, from 0, are in the archive by another import, and are passed over. @default 0 */
  readonly from?: number;
  /** Whether the archive keeps what was received on this day. */
  readonly keeps: (dt: string) => boolean;
  /** Told of each line that is no message; numbers begin at 1. */
  readonly onRefused?: (line: number, reason: RefusalReason) => void;
  readonly limits?: Partial<ImportLimits>;
}

/** When something is written. What comes out is the same messages. */
export interface ImportLimits {
  /** Messages, and characters of text, of a day that become sorted rows at once. @default 98304, 33554432: about 200 MiB while they are sorted */
  readonly sortRows: number;
  readonly sortLength: number;
  /** Text of all days that is held before it is written, in characters. @default 8388608 */
  readonly heldLength: number;
  /** A day of which nothing came for so many lines is put in place: files are mostly in the order of time, and who runs an import again has then lost little. @default 200000 */
  readonly idleLines: number;
  /** A day's file is put in place once it is so large. @default 134217728 */
  readonly fileBytes: number;
}

/** What is put in place as one file, or becomes a part of one. */
interface Part {
  readonly path: string;
  readonly first: number;
  readonly last: number;
  readonly count: number;
  readonly bytes: number;
}

interface Day {
  readonly dt: string;
  /** Number of the last line that is in place; -1 for none. */
  readonly doneUpTo: number;
  text: DayText | undefined;
  /** Of the text. */
  firstLine: number;
  /** Of the latest message. */
  lastLine: number;
  parts: readonly Part[];
}

const IMPORT_LIMITS: ImportLimits = {
  sortRows: SORT_ROWS,
  sortLength: 32 * 1024 * 1024,
  heldLength: 8 * 1024 * 1024,
  idleLines: 200_000,
  fileBytes: TARGET_BYTES,
};
const MEMORY_LIMIT_MIB = 256;
/** The parser has the other core. */
const THREADS = 1;

/** Begins an import, or takes it up again. Rejects with MissingPeerError without DuckDB. */
export async function openImport({ dir, id, from = 0, keeps, onRefused, ...given }: ImportOptions): Promise<Import> {
  const limits = { ...IMPORT_LIMITS, ...given.limits };
  const writer = importWriter(id);
  const staging = importStaging(dir, id);
  await rm(staging, { recursive: true, force: true }); // of a run that was killed: what it had in place says where to go on
  await mkdir(staging, { recursive: true });
  const duckdb = await connectDuckdb({
    purpose: 'importing',
    memoryLimitMiB: MEMORY_LIMIT_MIB,
    threads: THREADS,
    tempDir: join(staging, 'spill'),
  });
  await duckdb.connection.run(ORDERED_SETTINGS);
  await duckdb.connection.run(SORTED_SETTINGS);
  const days = new Map<string, Day>();
  for (const file of await listAllFiles(dir)) {
    if (file.writer !== writer) continue;
    const before = days.get(file.dt)?.doneUpTo ?? -1;
    days.set(file.dt, emptyDay(file.dt, Math.max(before, file.last)));
  }
  /** Days of which something is not in place. */
  const open = new Set<Day>();
  let latest: Promise<void> = Promise.resolve();
  let fileNumber = 0;
  let closing: Promise<void> | undefined;
  const counts = { lines: 0, imported: 0, earlier: 0, inPlace: 0, refused: 0, tooOld: 0 };

  /** One at a time beside the parser; a failure is the next caller's, and nothing is put in place after it. */
  async function inTurn(job: () => Promise<void>): Promise<void> {
    await latest;
    if (closing !== undefined) throw new Error('the import is closed');
    latest = job();
    latest.catch(() => undefined);
  }

  function takeLine(number: number, text: string | undefined): Day | undefined {
    counts.lines++;
    if (number < from) return undefined;
    if (text !== undefined && text.trim() === '') return undefined;
    const read = text === undefined ? { refused: 'too-large' as const } : readImportLine(text);
    if ('refused' in read) {
      counts.refused++;
      onRefused?.(number + 1, read.refused);
      return undefined;
    }
    const dt = read.received.slice(0, 10);
    if (!keeps(dt)) {
      counts.tooOld++;
      return undefined;
    }
    const day = days.get(dt) ?? emptyDay(dt, -1);
    days.set(dt, day);
    if (number <= day.doneUpTo) {
      counts.earlier++;
      return undefined;
    }
    addTo(day, number, read);
    counts.imported++;
    return day;
  }

  function addTo(day: Day, number: number, message: ImportedLine): void {
    if (day.text === undefined) {
      day.text = beginDayText(join(staging, `${fileNumber++}.ndjson`));
      day.firstLine = number;
    }
    day.text.add(message);
    day.lastLine = number;
    open.add(day);
  }

  /** Has the text of a day become rows, and once there are enough of them, a file. */
  async function makeRows(day: Day): Promise<void> {
    const { text, firstLine: first, lastLine: last } = day;
    if (text === undefined) return;
    day.text = undefined; // what comes from now on is in another
    await text.write();
    await inTurn(async () => {
      const path = text.path.replace(/ndjson$/, 'parquet');
      await segmentToSorted(duckdb, text.path, text.count, path);
      await rm(text.path);
      day.parts = [...day.parts, { path, first, last, count: text.count, bytes: (await stat(path)).size }];
      if (sumOf(day.parts, 'bytes') >= limits.fileBytes) await putInPlace(day);
    });
  }

  async function putInPlace(day: Day): Promise<void> {
    const { parts } = day;
    day.parts = [];
    const [head, ...more] = parts;
    if (head === undefined) return;
    let staged = head.path;
    if (more.length > 0) {
      staged = join(staging, `${fileNumber++}.parquet`);
      const paths = parts.map(({ path }) => path);
      await joinParts(duckdb, paths, sumOf(parts, 'count'), staged);
      for (const path of paths) await rm(path);
    }
    const name = archiveFileName(head.first, (more.at(-1) ?? head).last, writer);
    await publishFile(staged, join(dayDir(dir, day.dt, false), name));
    counts.inPlace += sumOf(parts, 'count');
  }

  async function endDay(day: Day): Promise<void> {
    open.delete(day);
    await makeRows(day);
    await inTurn(() => putInPlace(day));
  }

  return {
    async take({ first, lines }) {
      for (const [index, text] of lines.entries()) {
        const day = takeLine(first + index, text);
        if (day?.text !== undefined && (day.text.count >= limits.sortRows || day.text.length >= limits.sortLength))
          await makeRows(day);
      }
      const texts = [...open].flatMap(({ text }) => text ?? []);
      if (texts.reduce((sum, { heldLength }) => sum + heldLength, 0) > limits.heldLength)
        for (const text of texts) await text.write();
      for (const day of open) if (day.lastLine < first - limits.idleLines) await endDay(day);
    },
    async finish() {
      for (const day of open) await endDay(day);
      await latest;
    },
    counts: () => ({
      ...counts,
      days: [...days.values()].filter(({ lastLine, doneUpTo }) => lastLine >= 0 || doneUpTo >= 0).length,
    }),
    close: () => (closing ??= close()),
  };

  async function close(): Promise<void> {
    await duckdb.interruptUntil(latest.catch(() => undefined));
    duckdb.close();
    await rm(staging, { recursive: true, force: true });
  }
}

const emptyDay = (dt: string, doneUpTo: number): Day => ({
  dt,
  doneUpTo,
  text: undefined,
  firstLine: -1,
  lastLine: -1,
  parts: [],
});

const sumOf = (parts: readonly Part[], what: 'bytes' | 'count'): number =>
  parts.reduce((sum, part) => sum + part[what], 0);
