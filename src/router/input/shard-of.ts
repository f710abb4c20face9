import { hashKey } from './sender-shard.ts';

/** The shard that a sender is kept in, the same in every run. */
export const shardOf = (key: Uint32Array, length: number, shardCount: number): number =>
  (hashKey(key[0] ?? 0, key[1] ?? 0, key[2] ?? 0, length, 0) >>> 8) % shardCount;
