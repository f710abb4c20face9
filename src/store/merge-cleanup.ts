import { rm, rmdir } from 'node:fs/promises';
import { DAY_MS, dayOf } from '../core/day.ts';
import { dayDir, isMissing, withoutSuperseded } from './layout.ts';
import type { ArchiveFile } from './layout.ts';

/** How long a superseded file stays, for readers that listed it before. A reader that takes longer lists again. */
const SUPERSEDED_FOR_MS = 60_000;

/** Deletes what was superseded a minute ago, by the time that merging left on it. Returns the number of files. */
export async function removeSuperseded(dir: string, files: readonly ArchiveFile[], now: number): Promise<number> {
  const live = new Set(withoutSuperseded(files));
  const gone = files.filter((file) => !live.has(file) && file.mtimeMs <= now - SUPERSEDED_FOR_MS);
  return removeFiles(dir, files, gone, now);
}

/** Deletes the days that are older than `retentionDays`, none if that is Infinity. Returns the number of files. */
export async function removeExpired(
  dir: string,
  files: readonly ArchiveFile[],
  now: number,
  retentionDays: number,
): Promise<number> {
  if (retentionDays === Infinity) return 0;
  const oldestKept = dayOf(now - retentionDays * DAY_MS);
  return removeFiles(
    dir,
    files,
    files.filter((file) => file.dt < oldestKept),
    now,
  );
}

async function removeFiles(
  dir: string,
  all: readonly ArchiveFile[],
  gone: readonly ArchiveFile[],
  now: number,
): Promise<number> {
  for (const file of gone) await rm(file.path, { force: true });
  const removed = new Set(gone);
  const folderOf = (file: ArchiveFile): string => dayDir(dir, file.dt, file.recent);
  const inUse = new Set(all.filter((file) => !removed.has(file)).map(folderOf));
  // Today's and yesterday's folders stay: the writer may be about to rename a file into them.
  const old = gone.filter((file) => file.dt < dayOf(now - DAY_MS));
  for (const folder of new Set(old.map(folderOf))) if (!inUse.has(folder)) await removeFolder(folder);
  return gone.length;
}

/** Deletes a folder, if it is there and empty. */
export async function removeFolder(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    // A file came meanwhile, or somebody else's lies there: then it stays.
    const isInUse = error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY';
    if (!isInUse && !isMissing(error)) throw error;
  }
}
