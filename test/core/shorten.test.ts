import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import type { Message } from '../../src/core/schema.ts';
import { shorten } from '../../src/core/shorten.ts';

const MAX_BYTES = 5_000;
const bytesOf = (message: Message): number => Buffer.byteLength(JSON.stringify(message));

function message(payload: string, metadata: JsonObject = {}): Message {
  return { type: 'a', timestamp: '2026-01-01T00:00:00.000Z', logger: 'shop', severity: 6, payload, metadata };
}

function shortened(long: Message): Message {
  const result = shorten(long, MAX_BYTES, bytesOf);
  if (!result) throw new Error('it was given up');
  expect(bytesOf(result)).toBeLessThanOrEqual(MAX_BYTES);
  return result;
}

describe('shorten', () => {
  it('cuts the payload and says so', () => {
    const { payload, metadata } = shortened(message('x'.repeat(20_000), { keep: 'this' }));
    expect(payload).toMatch(/^x{500,}…$/);
    expect(metadata).toEqual({ keep: 'this', truncated: ['payload'] });
  });

  it('cuts the largest strings, wherever they are, and leaves the short ones', () => {
    const { payload, metadata } = shortened(
      message('short', { a: { list: ['y'.repeat(9_000), 'z'] }, b: 'w'.repeat(8_000), c: 'v'.repeat(60) }),
    );
    expect(payload).toBe('short');
    expect(metadata).toMatchObject({ c: 'v'.repeat(60), truncated: ['metadata.a.list.0', 'metadata.b'] });
    expect((metadata['a'] as { list: string[] }).list).toHaveLength(2);
  });

  it('adds to what was named earlier, each once', () => {
    const truncated = ['payload', 'metadata.exception.value'];
    const { metadata } = shortened(message('x'.repeat(20_000), { a: 'y'.repeat(20_000), truncated }));
    expect(metadata['truncated']).toEqual([...truncated, 'metadata.a']);
  });

  it.each([
    ['a text', 'mine'],
    ['a long list', ['x'.repeat(20_000), ...Array<string>(5_000).fill('y')]],
  ])("fits where the application's own key stands in for those names: %s", (_, truncated) => {
    const { metadata } = shortened(message('x'.repeat(20_000), { truncated }));
    expect(metadata['truncated']).toContain('payload');
  });

  it('keeps most of what fits', () => {
    expect(shortened(message('x'.repeat(6_000))).payload.length).toBeGreaterThan(2_500);
  });

  it('takes few rounds, however many strings there are', () => {
    let rounds = 0;
    const metadata = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`k${index}`, 'x'.repeat(30_000)]));
    const result = shorten(message('', metadata), MAX_BYTES, (candidate) => {
      rounds += 1;
      return bytesOf(candidate);
    });
    expect(result).not.toBeNull();
    expect(rounds).toBeLessThan(25);
  });

  it('counts bytes, not characters, and leaves no half of a pair', () => {
    for (const text of ['😀'.repeat(5_000), 'x' + '😀'.repeat(5_000), '\u0000'.repeat(5_000)]) {
      expect(shortened(message(text)).payload).not.toMatch(/[\ud800-\udbff]…$/);
    }
  });

  it('gives up where strings are not what makes it large', () => {
    const numbers = Array.from({ length: 2_000 }, (_, index) => index);
    expect(shorten(message('x'.repeat(9_000), { numbers }), MAX_BYTES, bytesOf)).toBeNull();
    expect(shorten(message('', { numbers }), MAX_BYTES, bytesOf)).toBeNull();
  });

  it('changes nothing in what it is given', () => {
    const given = message('x'.repeat(9_000), { a: ['y'.repeat(9_000)] });
    const before = JSON.stringify(given);
    shortened(given);
    expect(JSON.stringify(given)).toBe(before);
  });
});
