import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { archiveFileName, listNames, type ArchiveFile, type ArchiveFileName } from '../layout.ts';
import { removeFolder } from './merge-cleanup.ts';

/**
 * What is kept beside the files that have left `_recent`: for each a small one of the same name, made from it alone, in a folder that Hive and Spark skip as
 * they do all that begin with `_`. Any may be missing: what it would have told is then read from the file itself.
 */
export interface Companion {
  /** Its folder in the archive. */
  readonly folder: string;
  /** The rows of the small file of `path`, in the order that they are written in. */
  readonly sql: (path: string) => string;
  /** How it is written, as options of COPY. */
  readonly format: string;
}

/** Where the companion of a file is, or will be. */
export const companionPath = (
  dir: string,
  { folder }: Pick<Companion, 'folder'>,
  { dt, writer, first, last }: ArchiveFileName & Pick<ArchiveFile, 'dt'>,
): string => join(dir, folder, `dt=${dt}`, archiveFileName(first, last, writer));

/** The paths of those that are there. */
export async function listCompanions(dir: string, { folder }: Pick<Companion, 'folder'>): Promise<ReadonlySet<string>> {
  return new Set((await listNames(join(dir, folder))).map(({ path }) => path));
}

/** Deletes those of files that are no longer among `files`, and the folders of days that are over with them. */
export async function removeWithoutFile(
  dir: string,
  companion: Pick<Companion, 'folder'>,
  files: readonly ArchiveFile[],
): Promise<void> {
  const wanted = new Set(files.map((file) => companionPath(dir, companion, file)));
  const folders = new Set([...wanted].map(dirname));
  const gone = [...(await listCompanions(dir, companion))].filter((path) => !wanted.has(path));
  for (const path of gone) await rm(path, { force: true });
  for (const folder of new Set(gone.map(dirname))) if (!folders.has(folder)) await removeFolder(folder);
}
