import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalLine, canonicalMessage } from '../../src/core/canonical-line.ts';
import { encodeMessage } from '../../src/core/encode.ts';
import { aHeader, anyString, messages, RECEIVED_MS } from './arbitraries.ts';

const context = { header: aHeader, receivedMs: RECEIVED_MS, shiftMs: 0 };
const canonical = (value: unknown): unknown => canonicalLine(JSON.stringify(value), context);
const metadataOf = (value: unknown): unknown =>
  (JSON.parse(canonical(value) as string) as { metadata: unknown }).metadata;

describe('canonicalLine', () => {
  it('copies what the encoder wrote', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const line = encodeMessage(message, aHeader.logger);
        expect(canonicalLine(line, context)).toBe(line);
      }),
      { numRuns: 300 },
    );
  });

  it('makes of any strings a line that it then leaves alone', () => {
    const objects = fc.record(
      {
        type: fc.oneof(anyString, fc.constant('x')),
        logger: anyString,
        payload: fc.oneof(anyString, fc.double(), fc.boolean()),
        metadata: fc.dictionary(anyString, anyString),
        [`unknown`]: anyString,
      },
      { requiredKeys: ['type'] },
    );
    fc.assert(
      fc.property(objects, (value) => {
        const line = canonical(value);
        if (typeof line !== 'string') return;
        expect(canonicalLine(line, context)).toBe(line);
        expect(JSON.stringify(JSON.parse(line))).toBe(line);
        expect(Buffer.from(line).toString('utf8')).toBe(line);
      }),
      { numRuns: 1_000 },
    );
  });

  it('puts the keys in order and leaves out white space', () => {
    expect(
      canonicalLine(
        ' { "metadata" : { "b" : 1.0, "1" : 2 } , "severity":5 ,"type":"x", "timestamp":0, "payload":"\\u0061" } \r',
        context,
      ),
    ).toBe('{"type":"x","timestamp":"1970-01-01T00:00:00.000Z","severity":5,"payload":"a","metadata":{"1":2,"b":1}}');
  });

  it("names a logger only where it differs from the header's, also after it was mended", () => {
    expect(canonical({ type: 'x', logger: 'shop' })).not.toContain('logger');
    expect(canonical({ type: 'x', logger: 'other' })).toContain('"logger":"other"');
    const mended = { ...context, header: { ...aHeader, logger: 'a\ufffd' } };
    expect(canonicalLine('{"type":"x","logger":"a\\ud800"}', mended)).not.toContain('logger');
  });

  it('turns a payload that is a number or a boolean into text', () => {
    for (const payload of [0, -1.5, 1e21, true, false])
      expect(canonical({ type: 'x', payload })).toContain(`"payload":"${payload}"`);
  });

  it('brings unknown keys into metadata without losing any', () => {
    expect(metadataOf({ type: 'x', a: 1, b: { c: 2 } })).toEqual({ a: 1, b: { c: 2 } });
    expect(metadataOf({ type: 'x', metadata: { a: 1, user_a: 2 }, a: 3, user_a: 4 })).toEqual({
      a: 1,
      user_a: 2,
      user_user_a: 3,
      user_user_user_a: 4,
    });
    expect(metadataOf({ type: 'x', metadata: null, refused: 'why' })).toEqual({ refused: 'why' });
  });
});

describe('canonicalMessage', () => {
  it('takes the time of receipt where none is stated, whatever the shift', () => {
    expect(canonicalMessage({ type: 'x' }, { ...context, shiftMs: 3_600_000 })).toContain(
      '"timestamp":"2026-11-22T10:44:00.200Z"',
    );
  });
});
