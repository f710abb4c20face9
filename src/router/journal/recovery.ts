import { open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord, parseJson } from '../../core/json.ts';
import { dayOf } from '../../core/day.ts';
import { isCount, parseHeader, type Header } from '../../core/header.ts';
import { HEADER_START } from '../../core/journal-format.ts';
import { parseSegmentName, type Segment } from './segment.ts';

export interface Recovered {
  /** What is left of an earlier run, all of it closed, in order. */
  readonly segments: readonly Segment[];
  /** Offset after the last message found; 0 for an empty journal. */
  readonly nextOffset: number;
  /** Segments whose end was torn, and the bytes that were cut off them. */
  readonly torn: { readonly segments: number; readonly bytes: number };
}

/** A header found in the journal, and the messages that follow it. */
export interface RecoveredRun {
  readonly header: Header;
  readonly receivedMs: number;
  /** Offset of the first of them. */
  readonly first: number;
  readonly count: number;
  /** Numbers that came with them, `[first, count]`, theirs among them, where others did. */
  readonly took: readonly [seq: number, count: number] | undefined;
  lastLine(): string;
}

const NEWLINE = 0x0a;

/** A crash of the machine may tear what it had not brought to disk yet: the segment that was open, and those just closed. */
const MAY_BE_TORN = 3;
/** A header line is shorter, in bytes. */
const HEADER_BYTES = 4_096;

export interface RecoveryOptions {
  /** Of segments that end before this offset only names and sizes are looked at, as a journal may have gigabytes that wait for a sink. @default all are read */
  readonly readFrom?: number;
  /** Sees every header that stays of what is read, in order; and the offset that the journal begins with. */
  onRun(run: RecoveredRun, journalFirst: number): void;
}

/**
 * Reads the journal of an earlier run. A torn end – no final newline, a last line that is no JSON, a header without messages – is cut off; a
 * segment of which nothing is left is removed.
 */
export async function recoverJournal(dir: string, { readFrom = 0, onRun }: RecoveryOptions): Promise<Recovered> {
  const segments: Segment[] = [];
  const torn = { segments: 0, bytes: 0 };
  let nextOffset = 0;
  const names = (await readdir(dir)).filter((name) => parseSegmentName(name) !== undefined).sort();
  const firsts = names.map((name) => parseSegmentName(name) ?? 0);
  const [journalFirst = 0] = firsts;
  for (const [index, name] of names.entries()) {
    const path = join(dir, name);
    const first = firsts[index] ?? 0;
    const end = firsts[index + 1];
    const isSound = end !== undefined && index < names.length - MAY_BE_TORN && end <= readFrom;
    const known = isSound ? await glance(path, first, end) : undefined;
    if (known !== undefined) {
      segments.push(known);
      nextOffset = end ?? first;
      continue;
    }
    const bytes = await readFile(path);
    const goodBytes = wholeLength(bytes);
    if (goodBytes < bytes.length) {
      torn.segments++;
      torn.bytes += bytes.length - goodBytes;
      if (goodBytes > 0) await truncate(path, goodBytes);
    }
    // Also one that a crash left empty: its name is the next one's.
    if (goodBytes === 0) {
      await unlink(path);
      continue;
    }
    const { count, receivedMs } = readHeaders(bytes.subarray(0, goodBytes), first, (run) => onRun(run, journalFirst));
    segments.push({ path, first, count, dt: dayOf(receivedMs), bytes: goodBytes });
    nextOffset = first + count;
  }
  return { segments, nextOffset, torn };
}

/** A segment by its name, the one behind it, its size and its first header; undefined if that cannot be read. */
async function glance(path: string, first: number, end: number): Promise<Segment | undefined> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    const newline = buffer.subarray(0, bytesRead).indexOf(NEWLINE);
    const header = newline === -1 ? undefined : readHeader(buffer.toString('utf8', 0, newline));
    return header && { path, first, count: end - first, dt: dayOf(header.receivedMs), bytes: size };
  } finally {
    await handle.close();
  }
}

/** How many bytes from the start are whole lines, the last of them a message. */
function wholeLength(bytes: Buffer): number {
  let end = bytes.lastIndexOf(NEWLINE) + 1;
  while (end > 0) {
    // A negative offset would count from the end.
    const start = end < 2 ? 0 : bytes.lastIndexOf(NEWLINE, end - 2) + 1;
    const line = bytes.toString('utf8', start, end - 1);
    if (isJsonObject(line) && !line.startsWith(HEADER_START)) break;
    end = start;
  }
  return end > 0 && bytes.toString('utf8', 0, HEADER_START.length) === HEADER_START ? end : 0;
}

function isJsonObject(line: string): boolean {
  try {
    return isRecord(JSON.parse(line));
  } catch {
    return false; // that is what torn means
  }
}

/** Counts the messages and tells of their headers. `receivedMs` is the first header's. */
function readHeaders(
  bytes: Buffer,
  first: number,
  onRun: (run: RecoveredRun) => void,
): { count: number; receivedMs: number } {
  let receivedMs: number | undefined;
  let count = 0;
  let header: (Pick<RecoveredRun, 'header' | 'receivedMs' | 'took'> & { readonly from: number }) | undefined;
  let lastStart = 0;
  const tell = (end: number): void => {
    if (header === undefined) return;
    const { from, ...run } = header;
    const start = lastStart;
    const lastLine = (): string => bytes.toString('utf8', start, end - 1);
    onRun({ ...run, first: first + from, count: count - from, lastLine });
  };
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, start);
    if (bytes.toString('latin1', start, start + HEADER_START.length) !== HEADER_START) {
      count++;
      lastStart = start;
    } else {
      tell(start);
      const found = readHeader(bytes.toString('utf8', start, end));
      receivedMs ??= found?.receivedMs;
      header = found && { ...found, from: count };
    }
    start = end + 1;
  }
  tell(bytes.length);
  return { count, receivedMs: receivedMs ?? 0 };
}

function readHeader(line: string): Pick<RecoveredRun, 'header' | 'receivedMs' | 'took'> | undefined {
  const value = parseJson(line);
  const header = parseHeader(value);
  // Damage amid the file: the archive will say so.
  if (header === null || !isRecord(value) || typeof value['received'] !== 'string') return undefined;
  return { header, receivedMs: Date.parse(value['received']), took: readTook(value['took']) };
}

function readTook(value: unknown): RecoveredRun['took'] {
  if (!Array.isArray(value)) return undefined;
  const [seq, count] = value as unknown[];
  return isCount(seq) && isCount(count) ? [seq, count] : undefined;
}

async function truncate(path: string, lengthBytes: number): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.truncate(lengthBytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
