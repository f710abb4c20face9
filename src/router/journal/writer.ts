import { DAY_MS, dayOf } from '../../core/day.ts';
import type { Cancel } from '../../core/platform.ts';
import { createChunk, type Chunk, type Settle } from './chunk.ts';
import { createCommitter } from './committer.ts';
import type { JournalWriterDeps, JournalWriterOptions } from './writer-options.ts';

export interface JournalWriter {
  /**
   * Takes whole header-and-lines text of `count` messages. `settle` is called once: true when it is written (with `fsync: 'always'`: on
   * disk), false when it could not be.
   */
  append(text: string, count: number, receivedMs: number, settle: Settle): void;
  /** Offset of the next message to be written. */
  readonly nextOffset: number;
  /** Writes what waits, closes the segment and resolves once it is announced. What comes later is not journaled. Idempotent. */
  close(): Promise<void>;
}

/**
 * How long the first message of a chunk waits for company: 50 writes a second at most. Whatever comes after, a wake of the main thread and a write
 * of each sink, comes once a chunk too: with 5 ms all of it took a fifth more CPU at 100,000 messages a second.
 */
export const GROUP_MS = 20;
/** A chunk is written when it has this much: a write of 256 KiB costs little more than one of 4 KiB. */
const GROUP_BYTES = 256 * 1024;
/** Any datagram made canonical still fits into a chunk that is about to be written. */
const CHUNK_BYTES = 512 * 1024;
/** Chunks kept for reuse: one is filled while another is written, and a disk that pauses needs a few. */
const MAX_SPARE_CHUNKS = 8;
/** What waits in memory while the disk is slower than the socket: two seconds at 200,000 messages a second. Past it messages are lost, and counted. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** Writes the journal in groups: one write for all that comes in a few milliseconds. Never throws for what the disk does. */
export function createJournalWriter(options: JournalWriterOptions, deps: JournalWriterDeps): JournalWriter {
  const { clock } = deps;
  const spare: Buffer[] = [];
  const committer = createCommitter(options, deps, recycle);
  let filling: Chunk | undefined;
  let cancelFlush: Cancel | undefined;
  let cancelSeal: Cancel | undefined;
  let segmentDay: number | undefined; // days since the epoch, of the segment that chunks are filled for
  let segmentBytes = 0;
  let closing: Promise<void> | undefined;

  function append(text: string, count: number, receivedMs: number, settle: Settle): void {
    if (closing !== undefined || committer.isResting() || isFull()) {
      settle(false);
      return;
    }
    const day = Math.floor(receivedMs / DAY_MS);
    if (segmentDay !== undefined && segmentDay !== day) seal();
    if (segmentDay === undefined) startSegment(day);
    const dt = filling?.dt ?? dayOf(receivedMs);
    if (filling?.add(text, count, settle) !== true) {
      flush();
      filling = createChunk(dt, takeBuffer(text));
      filling.add(text, count, settle);
    }
    cancelFlush ??= clock.after(GROUP_MS, flush);
    if (segmentBytes + filling.byteLength >= options.segmentBytes) seal();
    else if (filling.byteLength >= GROUP_BYTES) flush();
  }

  function startSegment(day: number): void {
    segmentDay = day;
    segmentBytes = 0;
    cancelSeal = clock.after(options.segmentMs, seal);
  }

  /** Ends the segment: what comes next goes to another. */
  function seal(): void {
    cancelSeal?.();
    cancelSeal = undefined;
    if (segmentDay === undefined) return;
    filling ??= createChunk(dayOf(segmentDay * DAY_MS), takeBuffer(''));
    filling.closesSegment = true;
    segmentDay = undefined;
    flush();
  }

  function flush(): void {
    cancelFlush?.();
    cancelFlush = undefined;
    if (filling === undefined) return;
    const chunk = filling;
    filling = undefined;
    segmentBytes += chunk.byteLength;
    committer.commit(chunk);
  }

  function isFull(): boolean {
    if (committer.waitingBytes <= MAX_WAITING_BYTES) return false;
    committer.complain('the journal is written more slowly than messages come; some are lost');
    return true;
  }

  function takeBuffer(text: string): Buffer {
    const neededBytes = text.length * 3 <= CHUNK_BYTES ? 0 : Buffer.byteLength(text);
    if (neededBytes > CHUNK_BYTES) return Buffer.allocUnsafeSlow(neededBytes);
    return spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  }

  function recycle(chunk: Chunk): void {
    if (chunk.buffer.length === CHUNK_BYTES && spare.length < MAX_SPARE_CHUNKS) spare.push(chunk.buffer);
  }

  return {
    append,
    get nextOffset() {
      return committer.nextOffset;
    },
    close() {
      closing ??= Promise.resolve().then(() => committer.idle());
      seal();
      return closing;
    },
  };
}
