import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { createCrc, type CrcName } from './crc32.ts';

/** How HDFS has summed up a file: the name that it told, taken apart. */
export interface ChecksumMethod {
  readonly crc: CrcName;
  readonly bytesPerCrc: number;
}

const MD5_OF_MD5S = /^MD5-of-\d+MD5-of-([1-9]\d{0,8})(CRC32C?)$/;
/** HDFS's MD5 of MD5s is of a buffer that has grown by doubling from this size, with the zeros at its end. */
const FIRST_BUFFER_BYTES = 32;
const CRC_BYTES = 4;
const READ_BYTES = 1_048_576;

/**
 * Undefined for a method that is not known here, or that cannot be that of a file in blocks of this length, as a gateway before another store may tell it. WebHDFS tells this one, whatever else its
 * cluster can do.
 */
export function parseChecksumMethod(algorithm: string, blockBytes: number): ChecksumMethod | undefined {
  const [, digits, crc] = MD5_OF_MD5S.exec(algorithm) ?? [];
  const bytesPerCrc = Number(digits);
  // A block is a whole number of chunks; one of nothing would never be full.
  if (crc === undefined || bytesPerCrc > READ_BYTES || blockBytes === 0 || blockBytes % bytesPerCrc > 0)
    return undefined;
  return { crc: crc === 'CRC32C' ? crc : 'CRC32', bytesPerCrc };
}

/**
 * What HDFS has for a file with this content, in hexadecimal digits: the MD5 over the blocks' MD5s of their chunks' CRCs. It comes last in what it tells as the file's
 * checksum, after the two sizes. Rejects as reading does.
 */
export async function fileChecksum(
  file: FileHandle,
  blockBytes: number,
  { crc: name, bytesPerCrc }: ChecksumMethod,
): Promise<string> {
  const crc = createCrc(name);
  const md5s: Buffer[] = [];
  let block = createHash('md5');
  let left = blockBytes;
  // A piece is a whole number of chunks, except at the end of the file; so is a block, as HDFS wants it.
  for await (const piece of pieces(file, Math.max(1, Math.floor(READ_BYTES / bytesPerCrc)) * bytesPerCrc)) {
    for (let from = 0; from < piece.length;) {
      const to = Math.min(piece.length, from + left);
      block.update(chunkSums(piece.subarray(from, to), bytesPerCrc));
      left -= to - from;
      from = to;
      if (left > 0) continue;
      md5s.push(block.digest());
      block = createHash('md5');
      left = blockBytes;
    }
  }
  if (left < blockBytes) md5s.push(block.digest());
  return createHash('md5')
    .update(padded(Buffer.concat(md5s)))
    .digest('hex');

  function chunkSums(bytes: Uint8Array, chunkBytes: number): Buffer {
    const sums = Buffer.allocUnsafe(Math.ceil(bytes.length / chunkBytes) * CRC_BYTES);
    for (let from = 0, at = 0; from < bytes.length; from += chunkBytes, at += CRC_BYTES)
      sums.writeUInt32BE(crc(bytes, from, Math.min(bytes.length, from + chunkBytes)), at);
    return sums;
  }
}

/** Of the whole content. Rejects as reading does. */
export async function sha256Of(file: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces(file, READ_BYTES)) hash.update(piece);
  return hash.digest('hex');
}

/** The content in pieces of `size` bytes, the last one less. Each is good until the next is asked for. */
async function* pieces(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(size);
  for (let position = 0; ;) {
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await file.read(buffer, filled, size - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    if (filled > 0) yield buffer.subarray(0, filled);
    if (filled < size) return;
    position += filled;
  }
}

function padded(bytes: Buffer): Buffer {
  let size = FIRST_BUFFER_BYTES;
  while (size < bytes.length) size *= 2;
  return Buffer.concat([bytes], size);
}
