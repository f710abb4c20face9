import { describe, expect, it } from 'vitest';
import { createCrc } from '../../../../src/store/remote/hdfs/crc32.ts';

const DIGITS = Buffer.from('123456789');

describe('a CRC', () => {
  // The check values of the catalogue: https://reveng.sourceforge.io/crc-catalogue/17plus.htm
  it.each([
    ['CRC32', 0xcbf43926],
    ['CRC32C', 0xe3069283],
  ] as const)('is that of the catalogue: %s', (name, check) => {
    expect(createCrc(name)(DIGITS, 0, DIGITS.length)).toBe(check);
  });

  it('is the same wherever it begins and ends, and for all bytes', () => {
    const crc = createCrc('CRC32C');
    // RFC 3720, B.4: 32 bytes of zeros, of ones, and counting up.
    expect(crc(new Uint8Array(32), 0, 32)).toBe(0x8a9136aa);
    expect(crc(new Uint8Array(32).fill(255), 0, 32)).toBe(0x62a8ab43);
    const counting = Uint8Array.from({ length: 40 }, (_, i) => i - 3);
    expect(crc(counting, 3, 35)).toBe(0x46dd794e);
    expect(crc(counting, 0, 0)).toBe(0);
  });
});
