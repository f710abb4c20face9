import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { nodeFiles, type AppendFile } from '../journal/files.ts';
import { isSameFile, lookAt } from './file-look.ts';
import { appendRest, openLinesReader, scanAndMend, type ScannedLines } from './lines-file.ts';
import { codeOf } from '../errors.ts';

/** Opens a file to append to, made if need be. Narrow, so that a disk that fails can stand in. */
export type OpenAppend = (path: string) => Promise<AppendFile>;

/**
 * A file of JSON lines that only ever has whole ones, as far as whoever asks here can tell. Somebody may remove it, move it or change it: it is
 * looked at before each append and each move.
 */
export interface LetterFile extends ScannedLines {
  /** Appends `count` lines; resolves once they are on disk. After a rejection none of them counts. */
  append(lines: string, count: number): Promise<void>;
  /** Drops lines from the start until at most `keepBytes` are left; resolves to how many. After a rejection all are there, and no copy. */
  dropOldest(keepBytes: number): Promise<number>;
  /** Renames the file, unless it has nothing; this one then has nothing. Resolves to what it had. */
  moveTo(path: string): Promise<ScannedLines>;
  close(): Promise<void>;
}

export interface LetterFileDeps {
  /** Somebody changed the file; it has so many lines more, or less, than it was left with. */
  onChanged(gained: number): void;
  /** @default the file system's */
  readonly openAppend?: OpenAppend;
}

const NOTHING: ScannedLines = { count: 0, bytes: 0 };

/** Opens the file, which need not exist, and mends its end. */
export async function openLetterFile(
  path: string,
  { onChanged, openAppend = openNode }: LetterFileDeps,
): Promise<LetterFile> {
  let has = await scanIfThere(path);
  let known = await lookAt(path);
  let file: AppendFile | undefined;
  let isTorn = false; // an append failed, and may have left something

  async function mend(): Promise<void> {
    if (!isTorn || file === undefined) return;
    await file.truncate(has.bytes);
    isTorn = false;
  }

  /** What was appended to a file that has been moved away would be gone with it. */
  async function lookAgain(): Promise<void> {
    const found = await lookAt(path);
    const size = found?.size ?? 0;
    if (isSameFile(found, known) && (size === has.bytes || (isTorn && size > has.bytes))) return;
    await closeFile();
    const before = has;
    has = await scanIfThere(path);
    known = found;
    isTorn = false;
    if (has.count !== before.count) onChanged(has.count - before.count);
  }

  async function openFile(): Promise<AppendFile> {
    await mkdir(dirname(path), { recursive: true });
    file = await openAppend(path);
    known = await lookAt(path);
    await nodeFiles.syncFolder(dirname(path));
    return file;
  }

  async function copyRest(from: number, to: string): Promise<void> {
    await rm(to, { force: true }); // it is appended to
    const copy = await openAppend(to);
    try {
      await appendRest(path, from, copy);
      await copy.sync();
    } finally {
      await copy.close();
    }
  }

  async function closeFile(): Promise<void> {
    const closing = file;
    file = undefined;
    await closing?.close();
  }

  return {
    get count() {
      return has.count;
    },
    get bytes() {
      return has.bytes;
    },
    async append(lines, count) {
      const bytes = Buffer.from(lines);
      await lookAgain();
      const to = file ?? (await openFile());
      await mend();
      isTorn = true;
      await to.append(bytes);
      await to.sync();
      isTorn = false;
      has = { count: has.count + count, bytes: has.bytes + bytes.length };
    },
    async dropOldest(keepBytes) {
      await mend();
      const cut = await findCut(path, has.bytes - keepBytes);
      const rest = `${path}.tmp`;
      try {
        await copyRest(cut.bytes, rest);
        const copy = await lookAt(rest);
        await closeFile();
        await rename(rest, path);
        known = copy;
      } finally {
        await rm(rest, { force: true }); // of one that failed: the disk may be full
      }
      has = { count: has.count - cut.count, bytes: has.bytes - cut.bytes };
      await nodeFiles.syncFolder(dirname(path));
      return cut.count;
    },
    async moveTo(to) {
      await lookAgain();
      if (has.count === 0) return NOTHING;
      await mend();
      await closeFile();
      const had = has;
      await rename(path, to);
      has = NOTHING;
      known = undefined;
      await nodeFiles.syncFolder(dirname(path));
      return had;
    },
    async close() {
      await mend().finally(closeFile);
    },
  };
}

/** What a file holds, its end mended; nothing if there is none. */
export async function scanIfThere(path: string): Promise<ScannedLines> {
  try {
    return await scanAndMend(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return NOTHING;
    throw error;
  }
}

/** Puts the lines of one file behind those of another, on disk, and removes it. After a rejection both are as they were. */
export async function mergeLetters(from: string, to: string): Promise<void> {
  const had = await scanIfThere(to);
  if (had.count === 0) {
    await rename(from, to);
  } else {
    const file = await openNode(to);
    try {
      await appendOrUndo(from, file, had.bytes);
    } finally {
      await file.close();
    }
    await rm(from);
  }
  await nodeFiles.syncFolder(dirname(to));
}

async function appendOrUndo(from: string, to: AppendFile, lengthBytes: number): Promise<void> {
  try {
    await appendRest(from, 0, to);
    await to.sync();
  } catch (error) {
    await to.truncate(lengthBytes);
    throw error;
  }
}

/** The first line's start at or after `position`, and how many lines are before it. */
async function findCut(path: string, position: number): Promise<ScannedLines> {
  const reader = await openLinesReader(path);
  try {
    let count = 0;
    while (reader.position < position && (await reader.next()) !== undefined) count++;
    return { count, bytes: reader.position };
  } finally {
    await reader.close();
  }
}

const openNode: OpenAppend = async (path) => {
  const handle = await open(path, 'a');
  return {
    append: (bytes) => handle.appendFile(bytes),
    truncate: (lengthBytes) => handle.truncate(lengthBytes),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
};
