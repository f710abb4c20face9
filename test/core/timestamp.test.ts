import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTimestamp, isEpochMs, isTimestamp, isWholeSecond, parseTimestamp } from '../../src/core/timestamp.ts';
import { anyString } from './arbitraries.ts';

const MIN_MS = Date.parse('0001-01-01T00:00:00.000Z');
const MAX_MS = Date.parse('9999-12-31T23:59:59.999Z');
const epochs = fc.oneof(fc.integer({ min: MIN_MS, max: MAX_MS }), fc.constantFrom(MIN_MS, MAX_MS, 0, -1, 999, 1000));

describe('formatTimestamp', () => {
  it('writes what Date writes, in any order of times', () => {
    fc.assert(
      fc.property(epochs, fc.integer({ min: -1500, max: 1500 }), (epochMs, step) => {
        for (const ms of [epochMs, epochMs + step, epochMs].filter(isEpochMs))
          expect(formatTimestamp(ms)).toBe(new Date(ms).toISOString());
      }),
    );
  });

  it('cuts off a fraction of a millisecond, before 1970 too', () => {
    expect(formatTimestamp(1.999)).toBe('1970-01-01T00:00:00.001Z');
    expect(formatTimestamp(-0.5)).toBe('1969-12-31T23:59:59.999Z');
  });
});

describe('isEpochMs', () => {
  it('takes the years 1 to 9999', () => {
    expect([MIN_MS, 0, MAX_MS].every(isEpochMs)).toBe(true);
    expect([MIN_MS - 1, MAX_MS + 1, Number.NaN, Infinity, -Infinity].some(isEpochMs)).toBe(false);
  });
});

describe('isTimestamp', () => {
  it('takes what formatTimestamp writes', () => {
    fc.assert(
      fc.property(epochs, (epochMs) => {
        expect(isTimestamp(formatTimestamp(epochMs))).toBe(true);
      }),
    );
  });

  it('takes nothing that Date would write otherwise', () => {
    const digit = fc.integer({ min: 0, max: 9 }).map(String);
    const nearly = fc.tuple(epochs, fc.nat(23), fc.oneof(digit, anyString)).map(([epochMs, at, other]) => {
      const text = formatTimestamp(epochMs);
      return text.slice(0, at) + other + text.slice(at + 1);
    });
    fc.assert(
      fc.property(nearly, (text) => {
        const epochMs = Date.parse(text);
        expect(isTimestamp(text)).toBe(isEpochMs(epochMs) && new Date(epochMs).toISOString() === text);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['2026-02-29', '2026-02-30', '2026-04-31', '2026-13-01', '2026-00-10', '0000-01-01', '1900-02-29'])(
    'refuses the day %s',
    (day) => {
      expect(isTimestamp(`${day}T00:00:00.000Z`)).toBe(false);
    },
  );

  it.each([
    '2026-11-22T24:00:00.000Z',
    '2026-11-22T23:60:00.000Z',
    '2026-11-22T23:59:60.000Z',
    '2026-11-22T10:44:00Z',
    '2026-11-22 10:44:00.000Z',
    '2026-11-22T10:44:00.000z',
    '+275760-09-13T00:00:00.000Z',
    '',
    '\ufeff2026-11-22T10:44:00.00Z',
    '2026-11-22T10:44:00.000Z\n',
  ])('refuses %j', (text) => expect(isTimestamp(text)).toBe(false));

  it('refuses what is no string', () => {
    for (const value of [undefined, null, 0, new Date(0), ['2026-11-22T10:44:00.000Z']])
      expect(isTimestamp(value)).toBe(false);
  });
});

describe('isWholeSecond', () => {
  it('takes a timestamp up to its milliseconds, the same again or another', () => {
    for (const prefix of ['2026-11-22T10:44:00.', '2026-11-22T10:44:00.', '2026-11-22T10:44:01.'])
      expect(isWholeSecond(prefix)).toBe(true);
    for (const prefix of [
      '',
      '2026-11-22T10:44:01',
      '2026-11-22T10:44:01,',
      '2026-02-30T10:44:00.',
      '2026-11-22T10:44:00.000Z',
    ])
      expect(isWholeSecond(prefix)).toBe(false);
  });
});

describe('parseTimestamp', () => {
  it('reads what formatTimestamp writes', () => {
    fc.assert(
      fc.property(epochs, (epochMs) => {
        expect(parseTimestamp(formatTimestamp(epochMs))).toBe(epochMs);
      }),
    );
  });

  it.each([
    ['2012-10-04T19:21:07.123456', '2012-10-04T19:21:07.123Z'],
    ['2012-10-04T19:21:07.123456Z', '2012-10-04T19:21:07.123Z'],
    ['2012-10-04T19:21:07.999999999', '2012-10-04T19:21:07.999Z'],
    ['2012-10-04T19:21:07,5', '2012-10-04T19:21:07.500Z'],
    ['2012-10-04 19:21:07', '2012-10-04T19:21:07.000Z'],
    ['2012-10-04T19:21', '2012-10-04T19:21:00.000Z'],
    ['2012-10-04T19:21Z', '2012-10-04T19:21:00.000Z'],
    ['2012-10-04T19:21:07+02:00', '2012-10-04T17:21:07.000Z'],
    ['2012-10-04T19:21:07.25-0330', '2012-10-04T22:51:07.250Z'],
    ['2012-10-04T24:00:00Z', '2012-10-05T00:00:00.000Z'],
    ['0001-01-01T00:00:00+00:00', '0001-01-01T00:00:00.000Z'],
  ])('reads %s', (text, expected) => {
    expect(formatTimestamp(parseTimestamp(text)!)).toBe(expected);
  });

  it('reads epoch milliseconds', () => {
    expect(parseTimestamp(1_349_378_467_123)).toBe(1_349_378_467_123);
    expect(parseTimestamp(0.5)).toBe(0.5);
  });

  it.each([
    '2012-10-04',
    '2012-10-04T19:21.5',
    '2012-02-30T19:21:07',
    '2012-10-04T25:00:00',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '1349378467123',
    'Thu, 04 Oct 2012 19:21:07 GMT',
    '2012-10-04T19:21:07+99:99',
    '',
    Number.NaN,
    Infinity,
    8.64e15,
    null,
    true,
    {},
    [],
  ])('reads no time in %j', (value) => expect(parseTimestamp(value)).toBeNull());

  it('gives a time that can be written, or null, for any string', () => {
    const parts = fc.array(
      fc.constantFrom('2026', '-', '11', '02', '30', 'T', ' ', ':', '.', '123456', 'Z', '+', '99'),
      { maxLength: 16 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          anyString,
          parts.map((all) => all.join('')),
        ),
        (text) => {
          const epochMs = parseTimestamp(text);
          if (epochMs !== null) expect(isTimestamp(formatTimestamp(epochMs))).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
