import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../router/errors.ts';
import { lockDataDir, type DataDirLock, type LockOptions } from '../router/lock/lock.ts';
import { importFolder } from '../store/import/import-record.ts';
import { namesIn, stagingDir } from '../store/layout.ts';
import { CommandError, type CliContext } from './command.ts';
import type { ProgressLine } from './progress-line.ts';
import { safeText } from './terminal-text.ts';

const STAGED = /^import-([0-9a-f]{16})$/;
const STAGED_STDIN = /^import-stdin-/;
/** Nobody pipes messages in for so long without another one. */
const ABANDONED_MS = 86_400_000;

/** What ends the wait for a lock, and how to tell of it. */
export type LockWait = Required<Pick<LockOptions, 'warn' | 'signal'>>;

export const lockWait = (
  { stderr }: Pick<CliContext, 'stderr'>,
  { signal, progress }: { readonly signal: AbortSignal; readonly progress: ProgressLine },
): LockWait => ({
  signal,
  warn(text) {
    progress.clear();
    stderr.write(`metlog import: ${safeText(text)}\n`);
  },
});

/** Takes an import for this process. Rejects with CommandError if another one has it. */
export async function lockImport(dir: string, id: string, name: string, wait: LockWait): Promise<DataDirLock> {
  const lock = await tryLock(dir, id, `the import record of ${name}`, wait);
  if (lock === undefined) throw new CommandError(`${name} is being imported by another process`);
  return lock;
}

async function tryLock(dir: string, id: string, name: string, wait: LockWait): Promise<DataDirLock | undefined> {
  try {
    return await lockDataDir(importFolder(dir, id), { ...wait, name });
  } catch (error) {
    if (error instanceof StartError && error.code === 'data-dir-in-use') return undefined;
    throw error;
  }
}

/** Deletes what imports that were killed, and have not been run again, left half done. */
export async function removeAbandoned(dir: string, wait: LockWait): Promise<void> {
  // All at once, as each lock may have to be watched for a while.
  await Promise.all((await namesIn(stagingDir(dir))).map((name) => removeIfAbandoned(dir, name, wait)));
}

async function removeIfAbandoned(dir: string, name: string, wait: LockWait): Promise<void> {
  const path = join(stagingDir(dir), name);
  const id = STAGED.exec(name)?.[1];
  if (STAGED_STDIN.test(name)) {
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity })); // its process has ended just now
    if (mtimeMs < Date.now() - ABANDONED_MS) await rm(path, { force: true });
  }
  if (id === undefined) return;
  const lock = await tryLock(dir, id, `the import record ${id}`, wait);
  if (lock === undefined) return;
  await rm(path, { recursive: true, force: true });
  lock.release();
}
