import { open, unlink } from 'node:fs/promises';

/** A file that is being appended to. */
export interface AppendFile {
  /** Appends all of `bytes`, or rejects; then a part of them may have been written. */
  append(bytes: Uint8Array): Promise<void>;
  /** Cuts the file off at this length; what is appended next begins there. */
  truncate(lengthBytes: number): Promise<void>;
  /** Resolves once everything appended is on disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What the journal needs of a file system: narrow, so that a failing one can stand in. */
export interface JournalFiles {
  /** Makes a file that does not exist yet; its folder does. */
  create(path: string): Promise<AppendFile>;
  remove(path: string): Promise<void>;
  /** Resolves once the names in the folder are on disk. */
  syncFolder(path: string): Promise<void>;
}

export const nodeFiles: JournalFiles = {
  async create(path) {
    const handle = await open(path, 'wx');
    let position = 0;
    return {
      async append(bytes) {
        for (let written = 0; written < bytes.length;) {
          const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position);
          written += bytesWritten;
          position += bytesWritten;
        }
      },
      async truncate(lengthBytes) {
        await handle.truncate(lengthBytes);
        position = lengthBytes;
      },
      sync: () => handle.datasync(),
      close: () => handle.close(),
    };
  },
  remove: (path) => unlink(path),
  async syncFolder(path) {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};
