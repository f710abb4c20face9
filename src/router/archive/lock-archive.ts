import { stagingDir } from '../../store/layout.ts';
import { lockDataDir, type DataDirLock, type LockOptions } from '../lock/lock.ts';

/**
 * Takes the archive in `dir` for this process, wherever its data folder is: two that name and merge its files would each undo the other's work.
 * Rejects with StartError if another process has it, or it cannot be written.
 */
export const lockArchive = (dir: string, options: Omit<LockOptions, 'name'> = {}): Promise<DataDirLock> =>
  lockDataDir(stagingDir(dir), { ...options, name: `the archive ${dir}` });
