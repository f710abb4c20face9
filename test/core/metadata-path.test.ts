import { describe, expect, it } from 'vitest';
import { metadataReader } from '../../src/core/metadata-path.ts';

/** `value` in as many objects as there are keys. */
const nested = (keys: readonly string[]): Record<string, never> =>
  keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), 1) as Record<string, never>;

describe('metadataReader', () => {
  it('is led ten levels deep by dots, and takes those that are left as part of the key', () => {
    const keys = Array.from('abcdefghij');
    expect(metadataReader(keys.join('.'))(nested(keys))).toBe(1);
    expect(metadataReader(`${keys.join('.')}.k`)(nested([...keys, 'k']))).toBeUndefined();
    expect(metadataReader(`${keys.join('.')}.k`)(nested([...keys.slice(0, -1), 'j.k']))).toBe(1);
  });

  it('takes a path of nothing but dots', () => {
    expect(metadataReader('.'.repeat(100_000))({ '': 1 })).toBeUndefined();
  });
});
