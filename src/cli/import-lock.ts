import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../router/errors.ts';
import { lockDataDir, type DataDirLock } from '../router/lock.ts';
import { importFolder } from '../store/import/import-record.ts';
import { namesIn, stagingDir } from '../store/layout.ts';
import { CommandError } from './command.ts';

const STAGED = /^import-([0-9a-f]{16})$/;
const STAGED_STDIN = /^import-stdin-/;
/** Nobody pipes messages in for so long without another one. */
const ABANDONED_MS = 86_400_000;

/** Takes an import for this process. Throws CommandError if another one has it. */
export function lockImport(dir: string, id: string, name: string): DataDirLock {
  const lock = tryLock(dir, id);
  if (lock === undefined) throw new CommandError(`${name} is being imported by another process`);
  return lock;
}

function tryLock(dir: string, id: string): DataDirLock | undefined {
  try {
    return lockDataDir(importFolder(dir, id));
  } catch (error) {
    if (error instanceof StartError && error.code === 'data-dir-in-use') return undefined;
    throw error;
  }
}

/** Deletes what imports that were killed, and have not been run again, left half done. */
export async function removeAbandoned(dir: string): Promise<void> {
  for (const name of await namesIn(stagingDir(dir))) {
    const path = join(stagingDir(dir), name);
    const id = STAGED.exec(name)?.[1];
    if (STAGED_STDIN.test(name)) {
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity })); // its process has ended just now
      if (mtimeMs < Date.now() - ABANDONED_MS) await rm(path, { force: true });
    }
    if (id === undefined) continue;
    const lock = tryLock(dir, id);
    if (lock === undefined) continue;
    await rm(path, { recursive: true, force: true });
    lock.release();
  }
}
