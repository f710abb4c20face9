import type { FileHandle } from 'node:fs/promises';

const NEWLINE = 0x0a;
const READ_BYTES = 64 * 1024;
/** How each line begins that `ndjsonLine` writes. */
const LINE_START = '{"type":';

/**
 * Ends the file with a whole line, so that what is appended begins one: a line that was broken off, by a crash or a full disk, is cut away, as
 * it comes again. An unfinished line of somebody else's is ended instead.
 */
export async function mendEnd(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  const end = await lastLineStart(handle, size);
  if (end === size) return;
  const head = Buffer.alloc(Math.min(LINE_START.length, size - end));
  await handle.read(head, 0, head.length, end);
  // After a power cut a file may end in zeros, where its new length was on disk before its content.
  const isOurs = LINE_START.startsWith(head.toString('latin1')) || head.every((byte) => byte === 0);
  if (isOurs) await handle.truncate(end);
  else await handle.write('\n');
}

/** Where the bytes after the last newline begin. */
async function lastLineStart(handle: FileHandle, size: number): Promise<number> {
  const chunk = Buffer.alloc(READ_BYTES);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - READ_BYTES);
    const { bytesRead } = await handle.read(chunk, 0, end - start, start);
    const at = chunk.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}
