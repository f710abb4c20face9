import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeHeader } from '../../src/core/encode.ts';
import { isCount, isHostname, parseHeader } from '../../src/core/header.ts';
import { aHeader, anyString } from './arbitraries.ts';

describe('parseHeader', () => {
  it('reads what encodeHeader writes', () => {
    expect(parseHeader(JSON.parse(encodeHeader(aHeader)))).toEqual(aHeader);
    expect(parseHeader({ metlog: 1, logger: 'a' })).toEqual({ metlog: 1, logger: 'a' });
    expect(encodeHeader(aHeader)).toMatch(/^\{"metlog":1,/);
  });

  it('leaves out keys that it does not know', () => {
    expect(parseHeader({ ...aHeader, received: '2026-11-22T10:44:00.000Z', via: 'udp' })).toEqual(aHeader);
  });

  it.each<[string, Record<string, unknown>]>([
    ['no logger', { logger: undefined }],
    ['an empty logger', { logger: '' }],
    ['a logger of 257 characters', { logger: 'a'.repeat(257) }],
    ['a hostname that is no text', { hostname: 5 }],
    ['a hostname of 257 characters', { hostname: 'a'.repeat(257) }],
    ['a pid below 0', { pid: -1 }],
    ['a pid with a fraction', { pid: 1.5 }],
    ['a pid as text', { pid: '1' }],
    ['a pid past 2^53', { pid: 2 ** 53 }],
    ['a sender without seq', { seq: undefined }],
    ['a seq without sender', { sender: undefined }],
    ['an empty sender', { sender: '' }],
    ['a sender of 65 characters', { sender: 'a'.repeat(65) }],
    ['a sender that is no base64url', { sender: '../../etc' }],
    ['a sender with a newline behind', { sender: 'abc\n' }],
    ['a seq below 0', { seq: -1 }],
    ['a seq past 2^52', { seq: 2 ** 52 + 1 }],
    ['a time in another form', { sent: '2026-11-22T10:44:00Z' }],
    ['a time that is none', { sent: 5 }],
    ['another version', { metlog: 2 }],
  ])('refuses %s', (_, change) => {
    expect(parseHeader({ ...aHeader, ...change })).toBeNull();
  });

  it('refuses what is no object', () => {
    for (const value of [undefined, null, 1, 'metlog', [], [aHeader]]) expect(parseHeader(value)).toBeNull();
  });

  it('gives text that UTF-8 can carry, or nothing', () => {
    fc.assert(
      fc.property(anyString, anyString, (logger, hostname) => {
        const header = parseHeader({ metlog: 1, logger, hostname });
        for (const text of header ? [header.logger, header.hostname!] : [])
          expect(Buffer.from(text).toString('utf8')).toBe(text);
      }),
    );
  });
});

describe('isCount and isHostname', () => {
  it('take what a header may hold', () => {
    expect([0, 1, Number.MAX_SAFE_INTEGER].every(isCount)).toBe(true);
    expect([-1, 0.5, 2 ** 53, Number.NaN, '1', null].some(isCount)).toBe(false);
    expect(['', 'web-1', 'a'.repeat(256)].every(isHostname)).toBe(true);
    expect([undefined, null, 5, 'a'.repeat(257)].some(isHostname)).toBe(false);
  });
});
