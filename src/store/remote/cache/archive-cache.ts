import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isInRange, type DayRange } from '../../day-range.ts';
import { isMissing, listAllFiles, parseArchiveFileName, stagingDir, type ArchiveFile } from '../../layout.ts';
import { mergeBooks } from '../../merge/merge-books.ts';
import { removeFolder } from '../../merge/merge-cleanup.ts';
import { publishFile } from '../../publish.ts';
import { bookText, readBook } from '../../types/type-book-text.ts';
import type { TypeBook } from '../../types/type-book.ts';
import { TYPES_FILE } from '../../types/types-file.ts';
import { RemoteError, type Remote, type RemoteFile } from '../remote.ts';
import { claimCache } from './claim-cache.ts';
import { fetchFiles, type FetchProgress } from './fetch-files.ts';

/**
 * Days of a remote archive in a folder that is laid out as a local one, so that a store can be opened there. Files of an archive never change: what is there with the same
 * length is not copied again. Any number of processes may use one folder at once. Calls reject with RemoteError, or as the file system does.
 */
export interface ArchiveCache {
  /** Files and bytes of the days asked for, all and those that are not here yet. */
  readonly wanted: FileSum;
  readonly missing: FileSum;
  /**
   * Brings the days here: copies what is missing, deletes what the remote no longer has of them, and takes over its registered types. Before that, other days make room,
   * those not asked for the longest first, until all fit in `limitBytes`. What was copied or asked for within the last two hours stays: a query may be reading it, and may know of
   * more than this one. Rejects with RemoteError if not all of it is here in the end.
   */
  fill(options: FillOptions): Promise<void>;
}

export interface FileSum {
  readonly count: number;
  readonly bytes: number;
}

export interface FillOptions {
  readonly limitBytes: number;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: FetchProgress) => void;
}

/** Longer than the longest query. */
const IN_USE_MS = 2 * 3_600_000;
/** Another process may delete a file to make room in the moment in which it is found here. It does so once. */
const MAX_ROUNDS = 3;
/** Nothing takes an hour from one piece to the next: whoever wrote it has ended. */
const ABANDONED_MS = 3_600_000;
const STAGED_PREFIX = 'cache-';
/** The books of registered types, one for each writer. */
const TYPES_FOLDER = '_types';
const REMOTE_PATH = /^dt=(\d{4}-\d{2}-\d{2})\/([^/]+)$/;

/** Looks what the days of a remote archive are, and what of them is in `dir` already; it is made if need be. Rejects with RemoteError if it is not this archive's cache, or if the store has no such folder. */
export async function openArchiveCache(
  remote: Remote,
  dir: string,
  days: DayRange,
  signal: AbortSignal,
): Promise<ArchiveCache> {
  await claimCache(dir, remote.url);
  const staging = stagingDir(dir);
  await mkdir(staging, { recursive: true });
  const listed = await remote.list({ wants: (dt) => isInRange(dt, days), signal });
  // After a slip of the keys, "no messages yet" would be no help.
  if (listed.length === 0) await remote.requireFolder?.(signal);
  // Whatever the store says, only names of the archive's own lead to files here.
  const wanted = listed.filter(({ path }) => dayOfPath(path) !== undefined);
  const missing = missingFrom(wanted, await cachedFiles(dir));

  async function fill({ limitBytes, now, signal: stop, onProgress = () => undefined }: FillOptions): Promise<void> {
    await removeAbandoned(staging, now);
    const kept = new Set(wanted.map(({ path }) => path));
    const present = await cachedFiles(dir);
    // First of all: whoever makes room meanwhile sees that they are asked for.
    await Promise.all([...present].filter(([path]) => kept.has(path)).map(([, file]) => touch(file, now)));
    const others = [...present].filter(([path]) => !kept.has(path)).map(([, file]) => file);
    // Another process may have listed the remote later, and have brought what was not there yet.
    const gone = others.filter(({ dt, mtimeMs }) => isInRange(dt, days) && mtimeMs < now - IN_USE_MS);
    const room = limitBytes - sumOf(wanted).bytes;
    await removeFiles([...gone, ...toMakeRoom(others, room, now)]);
    let left = missingFrom(wanted, await cachedFiles(dir));
    for (let round = 0; left.length > 0 && round < MAX_ROUNDS; round++) {
      const fetched = await fetchFiles(remote, left, {
        pathOf: (file) => join(dir, file.path),
        stagedPath: () => join(staging, `${STAGED_PREFIX}${randomUUID()}`),
        signal: stop,
        onProgress,
      });
      left = missingFrom(fetched, await cachedFiles(dir));
    }
    if (left.length > 0) {
      const what = left.length === 1 ? 'a copied file' : `${left.length} copied files`;
      throw new RemoteError(
        'away',
        `${what} of ${remote.url} vanished from ${JSON.stringify(dir)} again and again: something else deletes there`,
      );
    }
    await takeTypes(remote, dir, stop);
  }

  return { wanted: sumOf(wanted), missing: sumOf(missing), fill };
}

const sumOf = (files: readonly RemoteFile[]): FileSum => ({
  count: files.length,
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
});

/** The day of a file's path below the archive; undefined for what is no file of an archive. */
function dayOfPath(path: string): string | undefined {
  const [, dt, name = ''] = REMOTE_PATH.exec(path) ?? [];
  return parseArchiveFileName(name) === undefined ? undefined : dt;
}

const missingFrom = (wanted: readonly RemoteFile[], present: ReadonlyMap<string, ArchiveFile>): readonly RemoteFile[] =>
  wanted.filter(({ path, bytes }) => present.get(path)?.bytes !== bytes);

/** By their paths below the archive. */
async function cachedFiles(dir: string): Promise<ReadonlyMap<string, ArchiveFile>> {
  const files = (await listAllFiles(dir)).filter(({ recent }) => !recent);
  return new Map(files.map((file) => [file.path.slice(dir.length + 1).replaceAll('\\', '/'), file]));
}

/** When a file was last asked for is its time of change: nothing else is done with it. */
async function touch({ path }: ArchiveFile, now: number): Promise<void> {
  try {
    await utimes(path, now / 1000, now / 1000);
  } catch (error) {
    if (!isMissing(error)) throw error; // another process has just made room, and it is copied again
  }
}

/** The days that are not asked for and go: those not used for the longest, as many as there is too little room for. */
function toMakeRoom(files: readonly ArchiveFile[], roomBytes: number, now: number): readonly ArchiveFile[] {
  const byDay = new Map<string, ArchiveFile[]>();
  for (const file of files) byDay.set(file.dt, [...(byDay.get(file.dt) ?? []), file]);
  const days = [...byDay.values()]
    .map((day) => ({
      day,
      usedMs: Math.max(...day.map(({ mtimeMs }) => mtimeMs)),
      bytes: day.reduce((sum, { bytes }) => sum + bytes, 0),
    }))
    .sort((a, b) => a.usedMs - b.usedMs);
  let excess = days.reduce((sum, { bytes }) => sum + bytes, -roomBytes);
  return days.flatMap(({ day, usedMs, bytes }) => {
    if (excess <= 0 || usedMs > now - IN_USE_MS) return [];
    excess -= bytes;
    return day;
  });
}

async function removeFiles(files: readonly ArchiveFile[]): Promise<void> {
  for (const { path } of files) await rm(path, { force: true });
  const folders = new Set(files.map(({ path }) => path.slice(0, path.lastIndexOf('/'))));
  for (const folder of folders) await removeFolder(folder);
}

async function removeAbandoned(staging: string, now: number): Promise<void> {
  for (const name of await readdir(staging)) {
    if (!name.startsWith(STAGED_PREFIX)) continue;
    const path = join(staging, name);
    try {
      if ((await stat(path)).mtimeMs < now - ABANDONED_MS) await rm(path, { force: true });
    } catch (error) {
      if (!isMissing(error)) throw error; // its process has just put it in place
    }
  }
}

/** A type has its view here whichever router knows of it. */
async function takeTypes(remote: Remote, dir: string, signal: AbortSignal): Promise<void> {
  const paths = (await remote.names(TYPES_FOLDER, signal)).filter((path) => path.endsWith('.json'));
  const books: TypeBook[] = [];
  // One at a time: who can write there could otherwise have any number of long texts held at once.
  for (const path of [...paths].sort()) {
    const text = await remote.read(path, signal).catch(nothingIfOther);
    const book = text === undefined ? undefined : readBook(text);
    if (book !== undefined) books.push(book);
  }
  const staged = join(stagingDir(dir), `${STAGED_PREFIX}${randomUUID()}`);
  await writeFile(staged, bookText(mergeBooks(books)));
  await publishFile(staged, join(dir, TYPES_FILE));
}

/** What is no router's book is passed over, as what cannot be read as one is. */
function nothingIfOther(error: unknown): undefined {
  if (!(error instanceof RemoteError) || error.kind !== 'conflict') throw error;
}
