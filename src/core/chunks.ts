/** Bytes before a chunk's part of the message: 0x1E 0x4D, id (8), index (2), count (2), big endian. */
export const CHUNK_HEADER_BYTES = 14;
/** Longest datagram text that may travel in chunks, in bytes. */
export const MAX_CHUNKED_BYTES: number = 256 * 1024;
/** Most chunks of a message: enough for the longest in the smallest datagrams. */
export const MAX_CHUNKS = 1_024;

/** No text begins so: the first is a control character. */
const MAGIC = [0x1e, 0x4d] as const;
const ID_AT = 2;
/** Bytes of a message's id. */
export const CHUNK_ID_BYTES = 8;
const INDEX_AT: number = ID_AT + CHUNK_ID_BYTES;
const COUNT_AT: number = INDEX_AT + 2;

/** A part of a message. */
export interface ChunkPart {
  /** Its message's id, as text. */
  readonly id: string;
  readonly index: number;
  readonly count: number;
  readonly data: Uint8Array;
}

/** Whether these bytes say that they are a chunk. */
export function isChunk(bytes: Uint8Array): boolean {
  return bytes[0] === MAGIC[0] && bytes[1] === MAGIC[1];
}

/** Cuts `bytes` into chunks of at most `chunkBytes`, header included. `id` has 8 bytes, and is another for each attempt. */
export function splitIntoChunks(bytes: Uint8Array, id: Uint8Array, chunkBytes: number): readonly Uint8Array[] {
  const partBytes = chunkBytes - CHUNK_HEADER_BYTES;
  const count = Math.ceil(bytes.length / partBytes);
  return Array.from({ length: count }, (_, index) => {
    const part = bytes.subarray(index * partBytes, (index + 1) * partBytes);
    const chunk = new Uint8Array(CHUNK_HEADER_BYTES + part.length);
    chunk.set(MAGIC);
    chunk.set(id, ID_AT);
    const view = new DataView(chunk.buffer);
    view.setUint16(INDEX_AT, index);
    view.setUint16(COUNT_AT, count);
    chunk.set(part, CHUNK_HEADER_BYTES);
    return chunk;
  });
}

/** Reads a chunk; null when its numbers are impossible or there is nothing in it. */
export function readChunk(bytes: Uint8Array): ChunkPart | null {
  if (bytes.length <= CHUNK_HEADER_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, CHUNK_HEADER_BYTES);
  const index = view.getUint16(INDEX_AT);
  const count = view.getUint16(COUNT_AT);
  if (index >= count || count > MAX_CHUNKS) return null;
  const id = String.fromCharCode(...bytes.subarray(ID_AT, INDEX_AT));
  return { id, index, count, data: bytes.subarray(CHUNK_HEADER_BYTES) };
}
