import { mkdir, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../../errors.ts';
import { nodeFileCalls, type FileCalls } from './file-calls.ts';
import { rotate } from './rotate.ts';
import { mendEnd } from './torn-end.ts';

/** A file of lines that makes way for a new one when it is full. Its functions are called one after the other. */
export interface RotatedFile {
  /**
   * Appends as many of the lines, each with its newline, as go into the file, at least one, and resolves to how many. Rejects with none of
   * them in the file; where even that could not be done, what is half there is cut off by the next call.
   */
  append(lines: readonly string[]): Promise<number>;
  /** Resolves once everything appended, and the names of the files, is on disk. */
  sync(): Promise<void>;
  /** The same, and closes the file. */
  close(): Promise<void>;
}

export interface RotatedFileOptions {
  readonly path: string;
  readonly maxBytes: number;
  readonly keep: number;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly dev: number;
  readonly ino: number;
}

export function createRotatedFile(
  { path, maxBytes, keep }: RotatedFileOptions,
  calls: FileCalls = nodeFileCalls,
): RotatedFile {
  let file: OpenFile | undefined;
  let hasNewNames = false;

  /**
   * Opened with the first write only: before that, a sink that this one replaces may still be writing, and its line is not torn. What a crash
   * tore comes again first of all.
   */
  async function opened(): Promise<OpenFile> {
    if (file) return file;
    const found = await statOrNone(path);
    if (found && !found.isFile()) throw new Error(`${path} is no file`); // a pipe would block whoever opens it
    await mkdir(dirname(path), { recursive: true });
    const handle = await calls.open(path, 'a+');
    try {
      await mendEnd(handle);
      const { dev, ino } = await handle.stat();
      hasNewNames ||= !found;
      return (file = { handle, dev, ino });
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The file that `path` leads to, and its size: it may have been moved away or shortened by whoever looks after logs. */
  async function current(): Promise<{ readonly handle: FileHandle; readonly size: number }> {
    const known = await opened();
    const found = await statOrNone(path);
    if (found?.ino === known.ino && found.dev === known.dev) return { handle: known.handle, size: found.size };
    await release();
    const { handle } = await opened();
    return { handle, size: (await handle.stat()).size };
  }

  /** Closes the file, with all of it on disk. */
  async function release(): Promise<void> {
    const closing = file;
    file = undefined;
    if (!closing) return;
    try {
      await closing.handle.datasync();
    } finally {
      await closing.handle.close();
    }
  }

  async function syncNames(): Promise<void> {
    if (!hasNewNames) return;
    const handle = await calls.open(dirname(path), 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    hasNewNames = false;
  }

  async function write(handle: FileHandle, bytes: Buffer, size: number): Promise<void> {
    try {
      for (let written = 0; written < bytes.length;) {
        written += (await handle.write(bytes, written)).bytesWritten;
      }
    } catch (error) {
      await cutBack(handle, size);
      throw error;
    }
  }

  /** Where even this fails, the file is opened again for the next write, which cuts off what is torn. */
  async function cutBack(handle: FileHandle, size: number): Promise<void> {
    try {
      // Not if it was shortened meanwhile: that would fill it up with zeros.
      if ((await handle.stat()).size > size) await handle.truncate(size);
    } catch {
      file = undefined;
      await handle.close();
    }
  }

  return {
    async append(lines) {
      let { handle, size } = await current();
      const all = Buffer.from(lines.join(''));
      if (size + all.length <= maxBytes) {
        await write(handle, all, size);
        return lines.length;
      }
      let count = countFitting(lines, maxBytes - size);
      if (count === 0 && size > 0) {
        await release();
        await rotate(path, keep, calls.rename);
        hasNewNames = true;
        ({ handle, size } = await current());
        count = countFitting(lines, maxBytes - size);
      }
      const taken = lines.slice(0, Math.max(count, 1));
      await write(handle, Buffer.from(taken.join('')), size);
      return taken.length;
    },
    async sync() {
      await file?.handle.datasync();
      await syncNames();
    },
    async close() {
      await release();
      await syncNames();
    },
  };
}

/** How many of the lines, from the first on, go into so many bytes. */
function countFitting(lines: readonly string[], bytes: number): number {
  let left = bytes;
  let count = 0;
  for (const line of lines) {
    left -= Buffer.byteLength(line);
    if (left < 0) break;
    count++;
  }
  return count;
}

async function statOrNone(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
