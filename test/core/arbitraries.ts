import fc from 'fast-check';
import type { Header } from '../../src/core/header.ts';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import type { Message } from '../../src/core/schema.ts';
import { isSeverity } from '../../src/core/severity.ts';
import { formatTimestamp } from '../../src/core/timestamp.ts';

export const RECEIVED_MS = Date.parse('2026-11-22T10:44:00.200Z');

export const aHeader: Header = {
  metlog: 1,
  logger: 'shop',
  hostname: 'web-1',
  pid: 4242,
  sender: '9f3kq2AAbbCCddEE',
  seq: 1041,
  sent: '2026-11-22T10:44:00.200Z',
};

/** Characters that JSON, regular expressions, UTF-8 or readers treat in a way of their own. */
const trickyCharacters = fc.constantFrom(
  ...[
    '"',
    '\\',
    '\0',
    '\n',
    '\r',
    '\t',
    '\x1f',
    '\x7f',
    '\u2028',
    '\u2029',
    '\ufeff',
    '\ufffd',
    'ü',
    '😀',
    '{',
    '}',
    ':',
    ',',
    '#',
    ' ',
    '0',
  ],
);

/** Text without halves of surrogate pairs: what UTF-8 can carry. */
export const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: trickyCharacters }));

/** Any string that JavaScript can hold, halves of surrogate pairs too. */
export const anyString = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.string({ unit: fc.oneof(trickyCharacters, fc.constantFrom('\ud800', '\udfff', '\\ud800', 'd800')) }),
);

const names = text.filter((name) => name.length > 0 && name.length <= 256);

const keys = fc.oneof(
  text,
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'metlog',
    'type',
    'name',
    'rate',
    '0',
    '10',
    '-1',
    '',
  ),
);

const numbers = fc
  .oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(1e308, 5e-324, 2 ** 53, 0.1, 1e21, 1e-7),
  )
  .map((number) => (number === 0 ? 0 : number)); // JSON.stringify writes -0 as 0

const { object } = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    text,
    numbers,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.array(fc.tuple(keys, tie('value')), { maxLength: 6 }).map((pairs) => Object.fromEntries(pairs)),
}));

/** Any object of JSON, with keys that trip naive code. */
export const jsonObjects = object;

export const severities = fc.integer({ min: 0, max: 7 }).filter(isSeverity);

export const timestamps = fc
  .integer({ min: Date.parse('0001-01-01T00:00:00.000Z'), max: Date.parse('9999-12-31T23:59:59.999Z') })
  .map(formatTimestamp);

export const messages: fc.Arbitrary<Message> = fc.record({
  type: names,
  timestamp: timestamps,
  logger: fc.oneof(fc.constant(aHeader.logger), names),
  severity: severities,
  payload: text,
  metadata: jsonObjects,
});

/** A message whose metadata is nested to `levels`. */
export function nested(levels: number): string {
  return '{"a":'.repeat(levels - 1) + '{}' + '}'.repeat(levels - 1);
}
