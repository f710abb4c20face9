import { join } from 'node:path';
import type { JournalFiles } from './files.ts';
import { segmentName, type Segment } from './segment.ts';

/** The segment that is being written. */
export interface SegmentFile {
  /** Appends whole lines of `count` messages, and with `durably` waits until they are on disk. After a rejection, `cutBack` removes them. */
  append(bytes: Uint8Array, count: number, durably: boolean): Promise<void>;
  /** Cuts off what is no whole append. */
  cutBack(): Promise<void>;
  /** Resolves once everything appended, and the file's name, is on disk. */
  sync(): Promise<void>;
  /** What it holds; undefined if that is no message. */
  readonly segment: Segment | undefined;
  /** Closes the file, and removes it if it holds no message. */
  close(): Promise<void>;
}

export async function createSegmentFile(
  dir: string,
  first: number,
  dt: string,
  files: JournalFiles,
): Promise<SegmentFile> {
  const path = join(dir, segmentName(first));
  const file = await files.create(path);
  let bytesWritten = 0;
  let messages = 0;
  let isNamed = false;

  async function sync(): Promise<void> {
    await file.sync();
    if (isNamed) return;
    await files.syncFolder(dir);
    isNamed = true;
  }

  return {
    async append(bytes, count, durably) {
      await file.append(bytes);
      if (durably) await sync();
      bytesWritten += bytes.length;
      messages += count;
    },
    cutBack: () => file.truncate(bytesWritten),
    sync,
    get segment() {
      return messages === 0 ? undefined : { path, first, count: messages, dt, bytes: bytesWritten };
    },
    async close() {
      await file.close();
      if (messages === 0) await files.remove(path);
    },
  };
}
