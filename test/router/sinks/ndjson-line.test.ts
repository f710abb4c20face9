import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReceivedMessage } from '../../../src/router/received-message.ts';
import { ndjsonLine } from '../../../src/router/sinks/ndjson-line.ts';
import { aMessage } from './a-message.ts';

describe('ndjsonLine', () => {
  it('is one line, which reads as the message, whatever that says', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...Array.from('"\\\n\r\u0000\u007f\u2028 a[]!#~{}')) }),
    );
    const message = fc.record({
      type: text,
      logger: text,
      payload: text,
      metadata: fc.dictionary(text, fc.jsonValue()),
      key: fc.option(text, { nil: undefined }),
      hostname: fc.option(text, { nil: undefined }),
      pid: fc.option(fc.nat(), { nil: undefined }),
      sender: fc.option(text, { nil: undefined }),
      seq: fc.option(fc.nat(), { nil: undefined }),
    });
    fc.assert(
      fc.property(message, (fields) => {
        const given = aMessage(fields as Partial<ReceivedMessage>); // JSON, whatever fast-check calls it
        const line = ndjsonLine(given);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(given)));
      }),
      { numRuns: 500 },
    );
  });
});
