import { rm, rmdir } from 'node:fs/promises';
import { DAY_MS, dayOf } from '../../core/day.ts';
import { dayDir, isImport, isMissing, withoutSuperseded } from '../layout.ts';
import type { ArchiveFile } from '../layout.ts';

/** How long a superseded file stays, for readers that listed it before. A reader that takes longer lists again. */
const SUPERSEDED_FOR_MS = 60_000;

/** Deletes what was superseded a minute ago, by the time that merging left on it. Returns the number of files. */
export async function removeSuperseded(dir: string, files: readonly ArchiveFile[], now: number): Promise<number> {
  const live = new Set(withoutSuperseded(files));
  const gone = files.filter((file) => !live.has(file) && file.mtimeMs <= now - SUPERSEDED_FOR_MS);
  return removeFiles(dir, files, gone, now);
}

/** How long files stay, and what may stay longer. */
export interface Retention {
  /** Days that are kept, counted back from today; Infinity keeps all. */
  readonly retentionDays: number;
  /** Whether a file has to be copied elsewhere first. @default none has */
  readonly waits?: (file: ArchiveFile) => boolean;
  /** Most bytes that wait so past their time; what was imported does not count, as it was brought here by hand and may be past it from the first. */
  readonly maxWaitingBytes?: number;
  /** Asked of each that waits and is to go all the same: whether it may. @default all may */
  readonly giveUp?: (path: string) => boolean;
}

export interface Expiry {
  /** To be deleted, in this order. */
  readonly files: readonly ArchiveFile[];
  /** Those of them that still waited: their messages are nowhere else. */
  readonly lost: readonly ArchiveFile[];
}

/** What is past its retention, given every file: days that are older than that, but for what waits; where too much waits, its oldest too. */
export function planExpiry(
  files: readonly ArchiveFile[],
  now: number,
  { retentionDays, waits = () => false, maxWaitingBytes = Infinity, giveUp = () => true }: Retention,
): Expiry {
  if (retentionDays === Infinity) return { files: [], lost: [] };
  const oldestKept = dayOf(now - retentionDays * DAY_MS);
  const live = new Set(withoutSuperseded(files));
  const old = files.filter((file) => file.dt < oldestKept).sort((a, b) => (a.dt < b.dt ? -1 : Number(a.dt > b.dt)));
  const waiting = old.filter((file) => live.has(file) && waits(file));
  const bounded = waiting.filter(({ writer }) => !isImport(writer));
  let excess = bounded.reduce((sum, file) => sum + file.bytes, 0) - maxWaitingBytes;
  const lost: ArchiveFile[] = [];
  for (const file of bounded) {
    if (excess <= 0) break;
    excess -= file.bytes;
    if (giveUp(file.path)) lost.push(file);
  }
  const kept = new Set(waiting);
  for (const file of lost) kept.delete(file);
  const gone = old.filter((file) => !kept.has(file));
  // The superseded first: a crash in between must not bring them back to life.
  return { files: [...gone.filter((file) => !live.has(file)), ...gone.filter((file) => live.has(file))], lost };
}

/** Deletes these files of `all`, in their order, and the folders of old days with them. Returns their number. */
export async function removeFiles(
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
