import type { JournalFiles } from '../../../src/router/journal/files.ts';

export interface MemoryFiles extends JournalFiles {
  /** Text of each file by path. */
  readonly contents: ReadonlyMap<string, string>;
  /** Paths that were synced, files and folders, in order. */
  readonly synced: readonly string[];
  /** Bytes that still fit on the disk. */
  roomBytes: number;
  /** Fails as a broken disk does. */
  failing: 'nothing' | 'sync' | 'truncate' | 'close';
  /** Each write waits for it, as on a disk that is busy or gone. */
  pause: Promise<void> | undefined;
}

/** A disk that can be full or broken: what fits of a write is written before it fails, as on a real one. */
export function createMemoryFiles(): MemoryFiles {
  const contents = new Map<string, string>();
  const synced: string[] = [];
  const disk: MemoryFiles = {
    contents,
    synced,
    roomBytes: Number.POSITIVE_INFINITY,
    failing: 'nothing',
    pause: undefined,
    async create(path) {
      if (contents.has(path)) throw systemError('EEXIST', path);
      if (disk.roomBytes === 0) throw systemError('ENOSPC', path);
      contents.set(path, '');
      return {
        async append(bytes) {
          if (disk.pause !== undefined) await disk.pause;
          const fitting = Buffer.from(bytes.subarray(0, Math.min(bytes.length, disk.roomBytes)));
          contents.set(path, (contents.get(path) ?? '') + fitting.toString());
          disk.roomBytes -= fitting.length;
          if (fitting.length < bytes.length) throw systemError('ENOSPC', path);
        },
        async truncate(lengthBytes) {
          if (disk.failing === 'truncate') throw systemError('EIO', path);
          contents.set(
            path,
            Buffer.from(contents.get(path) ?? '')
              .subarray(0, lengthBytes)
              .toString(),
          );
        },
        async sync() {
          if (disk.failing === 'sync') throw systemError('EIO', path);
          synced.push(path);
        },
        async close() {
          if (disk.failing === 'close') throw systemError('EIO', path);
        },
      };
    },
    async remove(path) {
      contents.delete(path);
    },
    async syncFolder(path) {
      synced.push(path);
    },
  };
  return disk;
}

const systemError = (code: string, path: string): Error => Object.assign(new Error(`${code}: ${path}`), { code });
