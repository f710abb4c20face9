import { open } from 'node:fs/promises';
import { parseJson } from '../../core/json.ts';
import type { AppendFile } from '../journal/files.ts';

/** What a file of lines holds. */
export interface ScannedLines {
  readonly count: number;
  /** Bytes from the start that are whole lines. */
  readonly bytes: number;
}

const NEWLINE = 0x0a;
const READ_BYTES = 1024 * 1024;

/** Reads lines one after the other, of a file that nobody writes to meanwhile. Bytes after the last newline are no line. */
export interface LinesReader {
  /** The next one, without its newline; undefined at the end. */
  next(): Promise<Buffer | undefined>;
  /** Where the next one begins. */
  readonly position: number;
  close(): Promise<void>;
}

/** Opens a reader at a byte where a line begins. */
export async function openLinesReader(path: string, position = 0): Promise<LinesReader> {
  const handle = await open(path, 'r');
  let buffer = Buffer.alloc(0);
  let at = 0; // of the next line in the buffer
  let readAt = position;

  async function fill(): Promise<boolean> {
    const chunk = Buffer.allocUnsafe(READ_BYTES);
    const { bytesRead } = await handle.read(chunk, 0, READ_BYTES, readAt);
    readAt += bytesRead;
    buffer = Buffer.concat([buffer.subarray(at), chunk.subarray(0, bytesRead)]);
    at = 0;
    return bytesRead > 0;
  }

  return {
    async next() {
      let end = buffer.indexOf(NEWLINE, at);
      while (end < 0) {
        if (!(await fill())) return undefined;
        end = buffer.indexOf(NEWLINE, at);
      }
      const line = buffer.subarray(at, end);
      at = end + 1;
      return line;
    },
    get position() {
      return readAt - (buffer.length - at);
    },
    close: () => handle.close(),
  };
}

/**
 * Counts the lines of a file and cuts off its torn end: what follows the last newline, and a last line that is no JSON, as a power cut
 * leaves it.
 */
export async function scanAndMend(path: string): Promise<ScannedLines> {
  const handle = await open(path, 'r+');
  try {
    const { size } = await handle.stat();
    const scanned = await scan(path);
    if (scanned.bytes < size) {
      await handle.truncate(scanned.bytes);
      await handle.sync();
    }
    return scanned;
  } finally {
    await handle.close();
  }
}

async function scan(path: string): Promise<ScannedLines> {
  const reader = await openLinesReader(path);
  try {
    let count = 0;
    let last: { readonly start: number; readonly line: Buffer } | undefined;
    let bytes = 0;
    for (let line = await reader.next(); line !== undefined; line = await reader.next()) {
      last = { start: bytes, line };
      bytes = reader.position;
      count++;
    }
    if (last === undefined || parseJson(last.line.toString()) !== undefined) return { count, bytes };
    return { count: count - 1, bytes: last.start };
  } finally {
    await reader.close();
  }
}

/** Copies the bytes from `from` on to the end of another file. */
export async function appendRest(path: string, from: number, to: Pick<AppendFile, 'append'>): Promise<void> {
  const handle = await open(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(READ_BYTES);
    for (let position = from; ;) {
      const { bytesRead } = await handle.read(chunk, 0, READ_BYTES, position);
      if (bytesRead === 0) return;
      await to.append(chunk.subarray(0, bytesRead));
      position += bytesRead;
    }
  } finally {
    await handle.close();
  }
}
