import { messageOf } from '../../core/text-of.ts';
import type { Chunk } from './chunk.ts';
import { createSegmentFile, type SegmentFile } from './segment-file.ts';
import type { JournalWriterDeps, JournalWriterOptions } from './writer-options.ts';

/** The journal's side towards the disk. */
export interface Committer {
  /** Writes the chunk after all earlier ones, settles it, then hands it to `recycle`. */
  commit(chunk: Chunk): void;
  /** Bytes not yet written. */
  readonly waitingBytes: number;
  /** Offset of the next message to be written. */
  readonly nextOffset: number;
  /** Whether a write failed a moment ago; nothing is tried until it has passed. */
  isResting(): boolean;
  /** Tells of trouble, once until the next successful write. */
  complain(text: string): void;
  /** Resolves once everything is written and every ended segment announced. */
  idle(): Promise<void>;
}

/** After a failed write nothing is tried for so long: a full disk is not helped by haste. In milliseconds. */
export const REST_MS = 1_000;

/** Writes chunks one after the other into segments. Never throws for what the disk does: what fails is settled as not journaled. */
export function createCommitter(
  options: JournalWriterOptions,
  deps: JournalWriterDeps,
  recycle: (chunk: Chunk) => void,
): Committer {
  const { clock, files } = deps;
  const queue: Chunk[] = [];
  let open: SegmentFile | undefined;
  let closed: Promise<void> = Promise.resolve(); // chained, so that segments are announced in order while the next is written
  let draining: Promise<void> | undefined;
  let { nextOffset } = options;
  let waitingBytes = 0;
  let restsUntilMs = Number.NEGATIVE_INFINITY;
  let hasComplained = false;

  async function drain(): Promise<void> {
    for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) {
      await write(chunk);
      waitingBytes -= chunk.byteLength;
      if (chunk.closesSegment) endSegment();
      recycle(chunk);
    }
    draining = undefined;
  }

  async function write(chunk: Chunk): Promise<void> {
    if (chunk.count === 0) return;
    if (isResting()) {
      chunk.settle(false);
      return;
    }
    const bytes = chunk.buffer.subarray(0, chunk.byteLength);
    try {
      open ??= await createSegmentFile(options.dir, nextOffset, chunk.dt, files);
      await open.append(bytes, chunk.count, options.fsync === 'always');
    } catch (error) {
      await abandon(error);
      chunk.settle(false);
      return;
    }
    const first = nextOffset;
    nextOffset += chunk.count;
    hasComplained = false;
    deps.onWritten({ first, count: chunk.count, bytes });
    chunk.settle(true);
  }

  /** Keeps what is good of the segment, and rests. */
  async function abandon(error: unknown): Promise<void> {
    complain(`the journal cannot be written: ${messageOf(error)}; messages are lost until it can`);
    restsUntilMs = clock.monotonic() + REST_MS;
    try {
      await open?.cutBack();
    } catch (cutError) {
      complain(`the journal's torn end stays: ${messageOf(cutError)}`);
    }
    endSegment();
    await closed; // if nothing is left of it, its name is the next one's
  }

  function endSegment(): void {
    const ended = open;
    if (ended === undefined) return;
    open = undefined;
    closed = closed.then(() => close(ended));
  }

  /**
   * A segment that cannot be brought to disk, or closed, is announced all the same: it can be read, and the archive brings it to disk in its
   * own way. Left out, it would be passed by all who read those behind it.
   */
  async function close(ended: SegmentFile): Promise<void> {
    try {
      await ended.sync();
    } catch (error) {
      complain(`the journal cannot be brought to disk: ${messageOf(error)}`);
    }
    try {
      await ended.close();
    } catch (error) {
      complain(`a segment of the journal cannot be closed: ${messageOf(error)}`);
    }
    if (ended.segment !== undefined) deps.onClosed(ended.segment);
  }

  function complain(text: string): void {
    if (!hasComplained) deps.onTrouble(text);
    hasComplained = true;
  }

  const isResting = (): boolean => clock.monotonic() < restsUntilMs;

  return {
    commit(chunk) {
      waitingBytes += chunk.byteLength;
      queue.push(chunk);
      draining ??= drain();
    },
    get waitingBytes() {
      return waitingBytes;
    },
    get nextOffset() {
      return nextOffset;
    },
    isResting,
    complain,
    async idle() {
      while (draining !== undefined) await draining;
      await closed;
    },
  };
}
