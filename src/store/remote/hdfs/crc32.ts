/** The reversed polynomials of HDFS's two checksums. */
export const CRC_POLYNOMIALS = { CRC32: 0xedb88320, CRC32C: 0x82f63b78 } as const;
export type CrcName = keyof typeof CRC_POLYNOMIALS;

/** Takes the CRC of what came before, 0 at first, on over `bytes[from..to)`. */
export type Crc = (bytes: Uint8Array, from: number, to: number, crc?: number) => number;

/** Eight bytes at a time: a few times as fast as one by one. https://create.stephan-brumme.com/crc32/#slicing-by-8-overview */
const SLICES = 8;

/** Node has CRC-32 from 20.15 on, and CRC-32C nowhere. */
export function createCrc(name: CrcName): Crc {
  const table = tableOf(CRC_POLYNOMIALS[name]);
  const at = (slice: number, byte: number): number => table[slice * 256 + byte] ?? 0; // it is never missing, nor is a byte below
  return (bytes, from, to, start = 0) => {
    let crc = ~start;
    let i = from;
    for (; i + SLICES <= to; i += SLICES) {
      crc ^= (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) | ((bytes[i + 3] ?? 0) << 24);
      crc =
        at(7, crc & 255) ^
        at(6, (crc >>> 8) & 255) ^
        at(5, (crc >>> 16) & 255) ^
        at(4, crc >>> 24) ^
        at(3, bytes[i + 4] ?? 0) ^
        at(2, bytes[i + 5] ?? 0) ^
        at(1, bytes[i + 6] ?? 0) ^
        at(0, bytes[i + 7] ?? 0);
    }
    for (; i < to; i++) crc = at(0, (crc ^ (bytes[i] ?? 0)) & 255) ^ (crc >>> 8);
    return ~crc >>> 0;
  };
}

function tableOf(polynomial: number): Int32Array {
  const table = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    table[byte] = crc;
  }
  for (let i = 256; i < table.length; i++) {
    const before = table[i - 256] ?? 0;
    table[i] = (table[before & 255] ?? 0) ^ (before >>> 8);
  }
  return table;
}
