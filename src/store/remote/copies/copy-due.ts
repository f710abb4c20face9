import { stat } from 'node:fs/promises';
import type { Clock } from '../../../core/platform.ts';
import { connectDuckdb, countRows } from '../../duckdb.ts';
import { archiveFileName, isImport, isMissing, listArchive, type ArchiveFile } from '../../layout.ts';
import { RemoteError, type Remote } from '../remote.ts';
import { markBegun, markCopied, NO_MARKS, readMarks, targetOf, type TargetMarks } from './copy-marks.ts';
import { waitsFor, type CopyTarget } from './copy-rules.ts';
import type { FileRange } from './coverage.ts';
import { withDeadline } from './with-deadline.ts';

/** An archive and the store that it is copied to. */
export interface Copying {
  /** The archive's folder. */
  readonly dir: string;
  readonly remote: Remote;
  /** Tells the store from others, always in the same words. */
  readonly url: string;
  /** Names this archive's own files there: see `openWriterName`. */
  readonly writer: string;
  /** @default Infinity */
  readonly keptDays?: number;
}

export interface CopyPass {
  readonly clock: Clock;
  /** Ends the pass, which then rejects. */
  readonly signal: AbortSignal;
  /** Waited for before each file. */
  beforeEach?(): Promise<void>;
  /** Days of which a file was refused when one was last tried, from pass to pass: they come last, else two of them would hold up all that are newer. */
  readonly refusedDays: Set<string>;
  /** Whether this file is tried, which then begins: it must not be deleted until the next is asked for, or the pass has ended. */
  take(path: string): boolean;
  /** `hasFailed` tells whether the store has failed for another day before, in this pass or, for a day that is still to be tried, in an earlier one. */
  onCopied(file: ArchiveFile, rows: number, hasFailed: boolean): void;
  /** This file cannot be copied, by itself, and others can. */
  onRefused(file: ArchiveFile, error: RemoteError): void;
}

/** What a put takes at most, whatever its size: connecting, and what the store does before and after. */
const PUT_MS = 60_000;
/** Slower than 512 KiB/s is a store that will not keep up with anything. */
const SLOWEST_BYTES_A_MS = 512;

/** The files that have left `_recent` and are not in the store yet, oldest first, what was imported last. Archived days that the store does not keep are not among them. */
export async function listDue(dir: string, target: CopyTarget, now: number): Promise<readonly ArchiveFile[]> {
  const waits = waitsFor(await readMarks(dir), target, now);
  return (await listArchive(dir)).filter((file) => !file.recent && waits(file)).sort(byTurn);
}

const byTurn = (a: ArchiveFile, b: ArchiveFile): number => {
  const isImported = isImport(a.writer);
  if (isImported !== isImport(b.writer)) return isImported ? 1 : -1;
  if (a.dt !== b.dt) return a.dt < b.dt ? -1 : 1;
  return a.writer === b.writer ? a.first - b.first : a.writer < b.writer ? -1 : 1;
};

/** Where a file of the archive lies in the store. */
export const remotePathOf = ({ dt, writer, first, last }: FileRange, own: string): string =>
  `dt=${dt}/${archiveFileName(first, last, writer === '' ? own : writer)}`;

/**
 * Copies what is due, one file after the other. Each is in the store once, whatever happens in between: that it begins is on disk before, that it is there after, and a put that is repeated finds
 * the same content under the same name, or what it left half done. Where the store fails, a file of another day is tried before it is said to fail for all: one day may have lost its folder's rights, or one file its blocks.
 * Rejects with the first failure then, or at the end.
 */
export async function copyDue(copying: Copying, pass: CopyPass): Promise<void> {
  const { dir, url, keptDays = Infinity } = copying;
  const { clock, signal, refusedDays } = pass;
  const target = { url, keptDays };
  // Of the marks of files that are still to be copied, only what this pass adds can change meanwhile, and that is of other files.
  const marks = await readMarks(dir);
  const { copied, begun } = marks.get(targetOf(url)) ?? NO_MARKS;
  let failed: { readonly dt: string; readonly error: RemoteError } | undefined;
  const due = await listDue(dir, target, clock.now());
  for (const dt of refusedDays) if (!due.some((file) => file.dt === dt)) refusedDays.delete(dt);
  const isLast = ({ dt }: ArchiveFile): boolean => refusedDays.has(dt);
  for (const file of [...due.filter((one) => !isLast(one)), ...due.filter(isLast)]) {
    if (file.dt === failed?.dt) continue;
    signal.throwIfAborted();
    await pass.beforeEach?.();
    // Asked anew for each: a pass may take hours, and its day be no longer kept.
    if (!waitsFor(marks, target, clock.now())(file) || !pass.take(file.path)) continue;
    try {
      const rows = await copyOne(file, { copied, begun }, copying, pass);
      refusedDays.delete(file.dt);
      pass.onCopied(file, rows, failed !== undefined || refusedDays.size > 0);
    } catch (error) {
      if (!(error instanceof RemoteError) || error.kind === 'aborted') throw error;
      if (error.kind === 'refused' || error.kind === 'away') {
        if (error.kind === 'refused') refusedDays.add(file.dt);
        if (failed !== undefined) throw failed.error;
        failed = { dt: file.dt, error };
        continue;
      }
      if (error.kind === 'local' && !(await isThere(file.path))) continue; // deleted meanwhile, and counted there
      pass.onRefused(file, error);
    }
  }
  if (failed !== undefined) throw failed.error;
}

/** Copies a file and marks it. Resolves to its rows. */
async function copyOne(
  file: ArchiveFile,
  { copied, begun }: TargetMarks,
  { dir, remote, writer, url }: Copying,
  pass: CopyPass,
): Promise<number> {
  const target = targetOf(url);
  const path = remotePathOf(file, writer);
  if (copied(file) === 'some' || begun(file) === 'another') {
    throw new RemoteError('conflict', `${url} may have part of the messages of ${path} already, in another file`);
  }
  const rows = await rowsOf(file.path);
  await markBegun(dir, target, file);
  const limitMs = PUT_MS + file.bytes / SLOWEST_BYTES_A_MS;
  const what = `copying ${path}`;
  const verified = await withDeadline({ what, limitMs, ...pass }, async (signal) => {
    if (begun(file) === 'this') await remote.tidy(path, signal);
    return remote.put(file.path, path, signal);
  });
  await markCopied(dir, target, file, { path, ...verified });
  return rows;
}

async function rowsOf(path: string): Promise<number> {
  const { connection, close } = await connectDuckdb({ purpose: 'copying the archive', memoryLimitMiB: 32, threads: 1 });
  try {
    return await countRows(connection, [path]);
  } catch (error) {
    throw new RemoteError(
      'local',
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  } finally {
    close();
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
