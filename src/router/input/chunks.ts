import { MAX_CHUNKED_BYTES, readChunk, type ChunkPart } from '../../core/chunks.ts';
import { countRefused, type MutableInputStats } from './counters.ts';

/** Puts messages together that came in chunks. */
export interface Reassembly {
  /** Takes a chunk from `source`. The result is the whole message, once the last of its chunks is there. */
  take(bytes: Uint8Array, source: string): Uint8Array | undefined;
  /** Gives up what has waited for too long. Called every second. */
  sweep(): void;
  /** Gives up all that is not complete. */
  close(): void;
}

/** How long a message may take to arrive, in milliseconds from its first chunk. */
export const REASSEMBLY_MS = 5_000;
/** Most that is held of messages that are not complete, in bytes. */
export const MAX_HELD_BYTES: number = 16 * 1024 * 1024;

/** What a chunk and a message take in memory beside their bytes, as measured: many small ones must not hold more than few large ones. */
const CHUNK_OVERHEAD_BYTES = 768;
const MESSAGE_OVERHEAD_BYTES = 512;
const SLOT_BYTES = 8;
/** A late chunk of a message that is done with opens no new one. So many are remembered, for so long. */
const MAX_REMEMBERED = 16_384;
const REMEMBER_MS: number = 2 * REASSEMBLY_MS;

/** Why a message's chunks are no longer held. */
type End = 'joined' | 'incomplete' | 'overflow';

interface Partial {
  readonly startedMs: number;
  readonly parts: (Uint8Array | undefined)[];
  chunkCount: number;
  byteLength: number;
  heldBytes: number;
}

/**
 * Chunks belong together by id and source: who sends from elsewhere cannot spoil another's message. Each chunk that is taken ends in one
 * counter of `stats.chunks`, or in `stats.rejected`.
 */
export function createReassembly(stats: MutableInputStats, monotonic: () => number): Reassembly {
  const partials = new Map<string, Partial>(); // the oldest first
  const ended = new Map<string, { readonly how: End; readonly atMs: number }>(); // the oldest first
  let heldBytes = 0;

  function take(bytes: Uint8Array, source: string): Uint8Array | undefined {
    sweep();
    const chunk = readChunk(bytes);
    if (chunk === null) {
      reject();
      return undefined;
    }
    const key = `${chunk.id}${source}`;
    const end = ended.get(key);
    if (end !== undefined) {
      stats.chunks[end.how === 'joined' ? 'duplicates' : end.how]++;
      return undefined;
    }
    const partial = partials.get(key) ?? open(key, chunk.count);
    if (partial.parts.length !== chunk.count) reject();
    else if (partial.parts[chunk.index] !== undefined) stats.chunks.duplicates++;
    else return keep(key, partial, chunk);
    return undefined;
  }

  function reject(): void {
    stats.rejected++;
    countRefused(stats, 'bad-chunk');
  }

  function open(key: string, count: number): Partial {
    const partial: Partial = {
      startedMs: monotonic(),
      parts: Array.from({ length: count }, () => undefined),
      chunkCount: 0,
      byteLength: 0,
      heldBytes: 0,
    };
    hold(partial, MESSAGE_OVERHEAD_BYTES + count * SLOT_BYTES);
    partials.set(key, partial);
    return partial;
  }

  function keep(key: string, partial: Partial, { index, count, data }: ChunkPart): Uint8Array | undefined {
    partial.parts[index] = data;
    partial.chunkCount++;
    partial.byteLength += data.length;
    hold(partial, data.length + CHUNK_OVERHEAD_BYTES);
    stats.chunks.pending++;
    if (partial.byteLength > MAX_CHUNKED_BYTES) abandon(key, partial, 'overflow');
    else if (partial.chunkCount === count) return join(key, partial);
    else makeRoom();
    return undefined;
  }

  function hold(partial: Partial, bytes: number): void {
    partial.heldBytes += bytes;
    heldBytes += bytes;
  }

  function join(key: string, partial: Partial): Uint8Array {
    remove(key, partial, 'joined');
    stats.chunks.messages++;
    return Buffer.concat(partial.parts.filter((part) => part !== undefined));
  }

  function abandon(key: string, partial: Partial, how: 'incomplete' | 'overflow'): void {
    remove(key, partial, how);
    countRefused(stats, `chunk-${how}`);
  }

  function remove(key: string, partial: Partial, how: End): void {
    partials.delete(key);
    heldBytes -= partial.heldBytes;
    stats.chunks.pending -= partial.chunkCount;
    stats.chunks[how] += partial.chunkCount;
    ended.set(key, { how, atMs: monotonic() });
    if (ended.size > MAX_REMEMBERED) forgetOldest();
  }

  function makeRoom(): void {
    for (const [key, partial] of partials) {
      if (heldBytes <= MAX_HELD_BYTES) return;
      abandon(key, partial, 'overflow');
    }
  }

  function sweep(): void {
    const nowMs = monotonic();
    for (const [key, partial] of partials) {
      if (nowMs - partial.startedMs < REASSEMBLY_MS) break;
      abandon(key, partial, 'incomplete');
    }
    for (const [key, { atMs }] of ended) {
      if (nowMs - atMs < REMEMBER_MS) break;
      ended.delete(key);
    }
  }

  function forgetOldest(): void {
    for (const key of ended.keys()) {
      ended.delete(key);
      return;
    }
  }

  return {
    take,
    sweep,
    close() {
      for (const [key, partial] of partials) abandon(key, partial, 'incomplete');
    },
  };
}
