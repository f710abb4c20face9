import { stagingDir } from '../../store/layout.ts';
import { lockDataDir, type DataDirLock } from '../lock.ts';

/**
 * Takes the archive in `dir` for this process, wherever its data folder is: two that name and merge its files would each undo the other's work.
 * Throws StartError if another process has it, or it cannot be written.
 */
export const lockArchive = (dir: string): DataDirLock => lockDataDir(stagingDir(dir), `the archive ${dir}`);
