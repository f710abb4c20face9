import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalMessage } from '../../src/core/canonical-line.ts';
import { isCopyable } from '../../src/core/copyable-line.ts';
import { isRecord, parseJson } from '../../src/core/json.ts';
import { aHeader, anyString, RECEIVED_MS } from './arbitraries.ts';

const context = { header: aHeader, receivedMs: RECEIVED_MS, shiftMs: 0 };

/** What parsing and writing make of a line. */
function slowly(text: string): unknown {
  const value = parseJson(text);
  return isRecord(value) ? canonicalMessage(value, context) : undefined;
}

const withMetadata = (inside: string, logger = ''): string =>
  `{"type":"counter","timestamp":"2026-11-22T10:44:00.123Z",${logger}"severity":6,"payload":"1","metadata":{${inside}}}`;

/** Spellings of JSON and of what is nearly JSON, canonical or not. */
const spelledStrings = fc
  .oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        'a',
        'login.ok',
        'a b',
        'größe',
        '\x7f',
        '\u2028',
        '\ufeff',
        '',
        '}',
        '{',
        ',',
        ':',
        'name',
        'rate',
        '__proto__',
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '\\u0061',
        '\\n',
        '\\/',
        '\\ud800',
        '😀',
        '\ud800',
        '\0',
        '\\',
        '"',
        '","a":"',
        '0',
        '10',
        '-1',
        '1a',
      ),
    },
    { weight: 1, arbitrary: anyString },
  )
  .map((inside) => `"${inside}"`);
const digits = fc.string({ unit: fc.constantFrom('0', '1', '2', '5', '9'), minLength: 1, maxLength: 17 });
const spelledNumbers = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '0',
      '1',
      '-1',
      '0.1',
      '-0.5',
      '12.5',
      '0.000001',
      '123456789012345',
      '123456789.123456',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '-0',
      '01',
      '1.0',
      '0.10',
      '0.0000001',
      '1e0',
      '1E3',
      '1e400',
      '+1',
      '.5',
      '1.',
      '9007199254740993',
      '0x1',
      '--1',
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('', '-'), digits, fc.constantFrom('', '.'), digits)
      .map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: fc.double().map(String) },
);
const spelledValues = fc.oneof(
  { weight: 3, arbitrary: spelledStrings },
  { weight: 4, arbitrary: spelledNumbers },
  { weight: 1, arbitrary: fc.constantFrom('true', 'false', 'null', '{}', '[]', '[1]', '{"a":1}', 'NaN', '') },
);
const rarely = <T>(usual: T, ...odd: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 30, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(usual, ...odd) });

const spelledLines = fc
  .record({
    type: rarely('"counter"', '""', '"a\\nb"', `"${'a'.repeat(256)}"`, `"${'a'.repeat(257)}"`, '5'),
    timestamp: rarely(
      '"2026-11-22T10:44:00.123Z"',
      '"2026-02-30T10:44:00.123Z"',
      '"2026-11-22T10:44:00Z"',
      '"0000-01-01T00:00:00.000Z"',
      '"2026-11-22T24:00:00.000Z"',
    ),
    logger: rarely('', '"logger":"shop",', '"logger":"other",', '"logger":"",', '"logger":"😀",'),
    severity: rarely('6', '8', '6.0', '-0', '"6"'),
    payload: fc.oneof({ weight: 3, arbitrary: fc.constant('"1"') }, { weight: 1, arbitrary: spelledValues }),
    named: fc.option(fc.tuple(spelledStrings, spelledNumbers), { nil: undefined }),
    pairs: fc.array(fc.tuple(spelledStrings, spelledValues), { maxLength: 4 }),
    colon: rarely(':', ' :', ': ', ''),
    comma: rarely(',', ', ', ',,', ''),
    end: rarely('', ' ', '\r', ',', '}', '{}'),
  })
  .map(({ type, timestamp, logger, severity, payload, named, pairs, colon, comma, end }) => {
    const metadata = [
      ...(named ? [`"name":${named[0]}`, `"rate":${named[1]}`] : []),
      ...pairs.map((pair) => pair.join(colon)),
    ].join(comma);
    return `{"type":${type},"timestamp":${timestamp},${logger}"severity":${severity},"payload":${payload},"metadata":{${metadata}}}${end}`;
  });

describe('isCopyable', () => {
  it('is true only of what parsing and writing would give back as it was', () => {
    let copied = 0;
    fc.assert(
      fc.property(spelledLines, (text) => {
        if (!isCopyable(text, aHeader.logger)) return;
        copied++;
        expect(slowly(text)).toBe(text);
      }),
      { numRuns: 5_000 },
    );
    expect(copied).toBeGreaterThan(200);
  });

  it('is true only of numbers that are spelled as JSON.stringify spells them', () => {
    const canonical = (number: string): boolean => JSON.stringify(parseJson(number)) === number;
    let copied = 0;
    fc.assert(
      fc.property(spelledNumbers, (number) => {
        for (const text of [withMetadata(`"a":${number}`), withMetadata(`"name":"a","rate":${number}`)]) {
          if (!isCopyable(text, aHeader.logger)) continue;
          copied++;
          expect(canonical(number)).toBe(true);
        }
      }),
      { numRuns: 3_000 },
    );
    expect(copied).toBeGreaterThan(200);
  });

  it.each([
    '',
    '"name":"login.ok","rate":1',
    '"name":"login.ok","rate":0.000001',
    '"name":"","rate":0.3,"team":"payments","tier":1,"userId":"u1"',
    '"name":"a","rate":1.5',
    '"rate":1,"name":"a"',
    '"total":-12.5,"items":3,"gift":true,"coupon":null,"country":"DE"',
    '"größe":"\x7f\u2028\ufeff","}":"},{","-1":0,"__proto__":1',
  ])('is true of flat metadata such as {%s}', (inside) => {
    for (const logger of ['', '"logger":"other",']) {
      const text = withMetadata(inside, logger);
      expect(isCopyable(text, aHeader.logger)).toBe(true);
      expect(slowly(text)).toBe(text);
    }
  });

  it.each([
    ['a key twice', '"a":1,"b":2,"a":3'],
    ['a name twice', '"name":"a","rate":1,"name":"b"'],
    ['a rate twice', '"name":"a","rate":1,"rate":1'],
    ['a key twice around text that looks like pairs', '"a":",b:","b":"}","c":":","a":""'],
    ['a key that parsing moves to the front', '"b":1,"0":2'],
    ['a trailing zero', '"a":0.10'],
    ['an exponent', '"a":1e0'],
    ['a number that is written with an exponent', '"a":0.0000001'],
    ['minus zero', '"a":-0'],
    ['half of a surrogate pair', '"a":"\ud800"'],
    ['an escape', '"a":"\\u0061"'],
    ['a control character', '"a":"\x1f"'],
    ['an object', '"a":{}'],
    ['a missing comma', '"a":1"b":2'],
    ['a leading comma', ',"a":1'],
  ])('is false of %s', (_, inside) => {
    expect(isCopyable(withMetadata(inside), aHeader.logger)).toBe(false);
  });

  it("is false of a line that repeats the header's logger, and of a day that does not exist", () => {
    expect(isCopyable(withMetadata('', '"logger":"shop",'), 'shop')).toBe(false);
    expect(isCopyable(withMetadata('').replace('11-22', '02-30'), 'shop')).toBe(false);
  });
});
