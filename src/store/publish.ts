import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing } from './layout.ts';

/** Moves a finished file from staging to its name, so that a reader, or a restart after a power loss, sees all of it or nothing. */
export async function publishFile(staged: string, path: string): Promise<void> {
  await syncPath(staged);
  await mkdir(dirname(path), { recursive: true });
  await rename(staged, path);
  await syncPath(dirname(path));
}

/** Removes from `dir` what a crash left there: the files whose name begins with `prefix`. */
export async function removeLeftovers(dir: string, prefix: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(dir);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  await Promise.all(
    names
      .filter((name) => name.startsWith(prefix))
      .map((name) => rm(join(dir, name), { recursive: true, force: true })),
  );
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
