import { cp, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { dayOf } from '../../../../src/core/day.ts';
import { connectDuckdb, sqlText } from '../../../../src/store/duckdb.ts';
import { parseArchiveFileName, type ArchiveFile } from '../../../../src/store/layout.ts';
import { createMerger, type Merger, type MergeReport } from '../../../../src/store/merge/merge.ts';
import { adoptCopies } from '../../../../src/store/remote/copies/adopt-copies.ts';
import { copyDue, type CopyPass } from '../../../../src/store/remote/copies/copy-due.ts';
import { createFileInHand } from '../../../../src/store/remote/copies/file-in-hand.ts';
import { openWriterName } from '../../../../src/store/remote/copies/writer-name.ts';
import { createArchiveWriter, type ArchiveWriter } from '../../../../src/store/segment-to-parquet.ts';
import { createManualPlatform, type ManualPlatform } from '../../../../src/testing/manual-clock.ts';
import { header, line, segment, tempDir } from '../../journal-text.ts';
import { createMemoryRemote, type MemoryRemote } from './memory-remote.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

export interface CopyingOptions {
  readonly retentionDays?: number;
  readonly keptDays?: number;
  readonly maxWaitingBytes?: number;
}

export interface CopyingArchive {
  readonly dir: string;
  readonly clock: ManualPlatform;
  readonly remote: MemoryRemote;
  readonly writer: string;
  /** Messages written so far. */
  readonly end: number;
  /** Messages deleted for good. */
  readonly expired: number;
  readonly copied: readonly { readonly file: ArchiveFile; readonly rows: number }[];
  readonly refused: readonly string[];
  write(count: number): Promise<void>;
  merge(): Promise<MergeReport>;
  /** As `metlog merge` does: knowing of no store. */
  mergeAll(): Promise<MergeReport>;
  copy(pass?: Partial<CopyPass>): Promise<void>;
  /** Looks at what the store has, as a run does that began when there were so many messages. */
  adopt(end?: number): Promise<void>;
  /** Copies the folder; what it resolves to brings it back, and the numbers of what is written then begin at 1000 more. */
  backup(): Promise<() => Promise<void>>;
  /** As after a crash: everything is opened anew. */
  restart(): Promise<void>;
  /** The numbers of the messages in the store, ascending, each as often as it is there. */
  remoteNumbers(): Promise<number[]>;
}

/** An archive in a folder of its own, whose files are copied to a store in memory. */
export async function openCopying({
  retentionDays = Infinity,
  keptDays = Infinity,
  maxWaitingBytes = 1e12,
}: CopyingOptions = {}): Promise<CopyingArchive> {
  const root = await tempDir();
  const dir = join(root, 'archive');
  const clock = createManualPlatform({ nowMs: Date.parse('2026-11-22T10:00:00Z') });
  const remote = createMemoryRemote();
  let name = await openWriterName(dir, 'Shop');
  let added = 0;
  const copied: { file: ArchiveFile; rows: number }[] = [];
  const refused: string[] = [];
  const hand = createFileInHand();
  const refusedDays = new Set<string>();
  let end = 0;
  let expired = 0;
  let open: { writer: ArchiveWriter; merger: Merger };
  const start = async (): Promise<void> => {
    const copyTo = {
      url: remote.url,
      keptDays,
      maxWaitingBytes,
      giveUp: (path: string) => hand.giveUp(path),
      onExpired: (count: number): void => void (expired += count),
    };
    open = { writer: await createArchiveWriter(dir), merger: await createMerger(dir, { retentionDays, copyTo }) };
  };
  const stop = async (): Promise<void> => {
    await Promise.all([open.writer.close(), open.merger.close()]);
  };
  await start();
  onTestFinished(stop);

  return {
    dir,
    clock,
    remote,
    get writer() {
      return name;
    },
    get end() {
      return end;
    },
    get expired() {
      return expired;
    },
    copied,
    refused,
    async write(count) {
      const at = new Date(clock.now()).toISOString();
      const lines = Array.from({ length: count }, (_, i) => line({ timestamp: at, payload: String(end + i + added) }));
      const written = await open.writer.write(
        await segment(root, end, [header({ received: at }), ...lines], dayOf(clock.now())),
      );
      await utimes(written.path, clock.now() / 1000, clock.now() / 1000);
      end += count;
    },
    merge: () => open.merger.run({ before: end, now: clock.now(), promoteAfterMs: HOUR_MS }),
    async mergeAll() {
      const merger = await createMerger(dir, { retentionDays: Infinity });
      try {
        return await merger.run({ before: end, now: clock.now(), all: true });
      } finally {
        await merger.close();
      }
    },
    copy: (pass = {}) =>
      copyDue(
        { dir, remote, url: remote.url, writer: name, keptDays },
        {
          clock,
          signal: new AbortController().signal,
          refusedDays,
          take: (path) => hand.take(path),
          onCopied: (file, rows) => void copied.push({ file, rows }),
          onRefused: (_, error) => void refused.push(error.message),
          ...pass,
        },
      ).finally(() => hand.letGo()),
    async adopt(at = end) {
      const { signal } = new AbortController();
      name = await adoptCopies({ dir, remote, url: remote.url, writer: name, end: at }, (run) => run(signal));
    },
    async backup() {
      const endThen = end;
      const to = await tempDir();
      await cp(dir, to, { recursive: true, preserveTimestamps: true });
      return async () => {
        await stop();
        await rm(dir, { recursive: true });
        await cp(to, dir, { recursive: true, preserveTimestamps: true });
        end = endThen;
        added += 1_000;
        name = await openWriterName(dir, 'Shop');
        await start();
      };
    },
    async restart() {
      await stop();
      await start();
    },
    async remoteNumbers() {
      const paths: string[] = [];
      for (const [path, content] of remote.files) {
        if (!path.startsWith('dt=')) continue;
        const to = join(root, 'there', path);
        await mkdir(join(to, '..'), { recursive: true });
        await writeFile(to, content);
        paths.push(to);
      }
      if (paths.length === 0) return [];
      const { connection, close } = await connectDuckdb({ purpose: 'the test', memoryLimitMiB: 256, threads: 1 });
      try {
        const sql = `SELECT payload::INTEGER AS n FROM read_parquet([${paths.map(sqlText).join(', ')}]) ORDER BY n`;
        return (await connection.runAndReadAll(sql)).getRowObjectsJS().map((row) => Number(row['n']));
      } finally {
        close();
      }
    },
  };
}

/** `day first-last` of each file in the store, in order. */
export const remoteRanges = ({ remote }: CopyingArchive): readonly string[] =>
  [...remote.files.keys()]
    .filter((path) => path.startsWith('dt='))
    .sort()
    .map((path) => {
      const range = parseArchiveFileName(path.slice(14));
      return `${path.slice(3, 13)} ${range?.first}-${range?.last}`;
    });
