/** Puts parts together as they come, without keeping them: a body of single bytes would take a hundred times its size. */
export interface ByteCollector {
  readonly byteLength: number;
  /** Adds a part. Returns how many bytes more it takes in memory. */
  add(part: Uint8Array): number;
  /** All of it so far. */
  bytes(): Uint8Array;
}

/** What a body that comes in parts begins with, in bytes. */
const FIRST_CAPACITY = 16 * 1024;

export function createByteCollector(): ByteCollector {
  let held: Uint8Array = new Uint8Array(0);
  let length = 0;
  return {
    get byteLength() {
      return length;
    },
    add(part) {
      const before = held.length;
      if (length === 0) {
        held = part; // most bodies come in one part, which is not copied
      } else {
        if (length + part.length > held.length) {
          const larger = new Uint8Array(Math.max(FIRST_CAPACITY, 2 * held.length, length + part.length));
          larger.set(held.subarray(0, length));
          held = larger;
        }
        held.set(part, length);
      }
      length += part.length;
      return held.length - before;
    },
    bytes: () => held.subarray(0, length),
  };
}
