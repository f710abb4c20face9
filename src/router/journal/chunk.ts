/** Called once for what was appended: whether it is in the journal. */
export type Settle = (journaled: boolean) => void;

/** Journal text that is written at once, all of it for one segment. */
export interface Chunk {
  /** UTC day of its messages, `YYYY-MM-DD`. */
  readonly dt: string;
  /** The memory that it fills, from the start. */
  readonly buffer: Buffer;
  readonly byteLength: number;
  /** Messages in it. */
  readonly count: number;
  /** The segment ends with this chunk. */
  closesSegment: boolean;
  /** Appends whole lines if they fit. */
  add(text: string, count: number, settle: Settle): boolean;
  /** Tells everyone who appended. */
  settle(journaled: boolean): void;
}

/** UTF-8 needs at most three bytes for one UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;

export function createChunk(dt: string, buffer: Buffer): Chunk {
  const waiting: Settle[] = [];
  let byteLength = 0;
  let count = 0;
  return {
    dt,
    buffer,
    closesSegment: false,
    get byteLength() {
      return byteLength;
    },
    get count() {
      return count;
    },
    add(text, messageCount, settle) {
      const room = buffer.length - byteLength;
      // Measuring costs as much as writing, so it is done only where it could matter.
      if (text.length * MAX_BYTES_PER_UNIT > room && Buffer.byteLength(text) > room) return false;
      byteLength += buffer.write(text, byteLength);
      count += messageCount;
      waiting.push(settle);
      return true;
    },
    settle(journaled) {
      for (const settle of waiting.splice(0)) settle(journaled);
    },
  };
}
