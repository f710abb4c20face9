import { expect, it } from 'vitest';
import { parseChecksumMethod } from '../../../../src/store/remote/hdfs/file-checksum.ts';

const BLOCK_BYTES = 134_217_728;

it.each([
  ['MD5-of-0MD5-of-512CRC32C', { crc: 'CRC32C', bytesPerCrc: 512 }],
  ['MD5-of-262144MD5-of-4096CRC32', { crc: 'CRC32', bytesPerCrc: 4_096 }],
])('works %s out', (algorithm, method) => {
  expect(parseChecksumMethod(algorithm, BLOCK_BYTES)).toEqual(method);
});

it.each([
  ['COMPOSITE-CRC32C', BLOCK_BYTES],
  ['MD5-of-0MD5-of-0CRC32', BLOCK_BYTES],
  // Blocks that no file of HDFS has: with the first, the sum would have no end.
  ['MD5-of-0MD5-of-512CRC32C', 0],
  ['MD5-of-0MD5-of-512CRC32C', 1_000],
  // A chunk is read at once.
  ['MD5-of-0MD5-of-134217728CRC32C', BLOCK_BYTES],
])('leaves %s in blocks of %i bytes to who reads the file back', (algorithm, blockBytes) => {
  expect(parseChecksumMethod(algorithm, blockBytes)).toBeUndefined();
});
