import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLine } from '../../src/core/decode.ts';
import { encodeHeader, encodeLine, encodeMessage } from '../../src/core/encode.ts';
import type { Message } from '../../src/core/schema.ts';
import { aHeader, messages } from './arbitraries.ts';

const message: Message = {
  metadata: { name: 'login.ok', rate: 1 },
  payload: '1',
  severity: 6,
  logger: 'shop',
  timestamp: '2026-11-22T10:44:00.123Z',
  type: 'counter',
};

describe('encodeMessage', () => {
  it('writes the keys in one order, and the logger only where it differs', () => {
    expect(encodeMessage(message, 'shop')).toBe(
      '{"type":"counter","timestamp":"2026-11-22T10:44:00.123Z","severity":6,"payload":"1","metadata":{"name":"login.ok","rate":1}}',
    );
    expect(encodeMessage(message, 'other')).toBe(
      '{"type":"counter","timestamp":"2026-11-22T10:44:00.123Z","logger":"shop","severity":6,"payload":"1","metadata":{"name":"login.ok","rate":1}}',
    );
  });

  it('writes any message on one line, which reads as the same message', () => {
    fc.assert(
      fc.property(messages, (any) => {
        const line = encodeMessage(any, aHeader.logger);
        expect(line).not.toContain('\n');
        expect(encodeLine({ ...readLine(line, { logger: 'nobody' }) })).toBe(
          encodeLine({ ...any, logger: any.logger === aHeader.logger ? 'nobody' : any.logger }),
        );
      }),
    );
  });
});

describe('encodeHeader', () => {
  it('writes the version first', () => {
    expect(encodeHeader(aHeader)).toBe(
      '{"metlog":1,"logger":"shop","hostname":"web-1","pid":4242,"sender":"9f3kq2AAbbCCddEE","seq":1041,"sent":"2026-11-22T10:44:00.200Z"}',
    );
  });
});
