import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/core/decode.ts';
import { parseHeader } from '../../src/core/header.ts';
import { recallHeader, rememberHeader } from '../../src/core/known-headers.ts';

const T = '2026-11-22T10:44:00.200Z';
const start = (sender: string, more = ''): string => `{"metlog":1,"logger":"shop"${more},"sender":"${sender}"`;
const line = (sender: string, seq: string, sent = T, more = ''): string =>
  `${start(sender, more)},"seq":${seq},"sent":"${sent}"}`;

/** Reads a line as a datagram's first would be. */
function learn(text: string): void {
  const header = parseHeader(JSON.parse(text));
  if (header) rememberHeader(text, text.length, header);
}

const recall = (text: string): unknown => recallHeader(text, text.length);

describe('recallHeader', () => {
  it('knows a header again by all but seq and sent', () => {
    learn(line('a', '0', T, ',"hostname":"web-1","pid":7,"key":"k","extra":{"a":[1]}'));
    const later = line(
      'a',
      '123456',
      '2026-11-22T10:44:01.001Z',
      ',"hostname":"web-1","pid":7,"key":"k","extra":{"a":[1]}',
    );
    expect(recallHeader(`${later}\n{"type":"x"}`, later.length)).toEqual(parseHeader(JSON.parse(later)));
    expect(recall(line('a', '5       ', T, ',"hostname":"web-1","pid":7,"key":"k","extra":{"a":[1]}'))).toMatchObject({
      seq: 5,
    });
  });

  it.each<[string, string]>([
    ['another sender', line('c', '1')],
    ['another logger', line('b', '1').replace('shop', 'bank')],
    ['a number with a zero before it', line('b', '01')],
    ['a number that is none', line('b', '')],
    ['a number below zero', line('b', '-1')],
    ['a broken number', line('b', '1.5')],
    ['a number of too many digits', line('b', '1234567890123456')],
    ['a time that is none', line('b', '1', '2026-02-30T10:44:00.200Z')],
    ['a time with a quote in it', line('b', '1', '2026-11-22T10:44:00.20"Z')],
    ['another order', `${start('b')},"sent":"${T}","seq":1}`],
    ['something behind', line('b', '1').replace('}', ',"pid":1}')],
    ['no end', line('b', '1').slice(0, -1)],
    ['nothing', ''],
  ])('leaves to the parser what has %s', (_, text) => {
    learn(line('b', '0'));
    expect(recall(line('b', '1'))).toMatchObject({ sender: 'b', seq: 1 });
    expect(recall(text)).toBeUndefined();
  });

  it('does not learn a header whose end is inside of something else', () => {
    const nested = `{"metlog":1,"logger":"shop","sender":"d","seq":1,"x":{"a":1,"seq":5,"sent":"${T}"}}`;
    learn(nested);
    expect(
      recall(`{"metlog":1,"logger":"shop","sender":"d","seq":1,"x":{"a":1,"seq":6,"sent":"${T}"}`),
    ).toBeUndefined();
  });

  it('forgets what is not heard again among thousands', () => {
    for (let i = 0; i < 20_000; i++) {
      learn(line(`n${i}`, '0'));
      if (i % 1_000 === 0) expect(recall(line('n0', '7'))).toMatchObject({ sender: 'n0', seq: 7 });
    }
    expect(recall(line('n1', '1'))).toBeUndefined();
    expect(recall(line('n19999', '1'))).toMatchObject({ sender: 'n19999' });
  });
});

describe('decode', () => {
  it('says of a header the same whether it knows it or not', () => {
    const odd = fc.constantFrom(
      '"',
      '\\',
      '{',
      '}',
      ',"seq":1',
      ',"sent":"',
      '\\"',
      '1',
      'e5',
      ' ',
      '\n',
      '\u00e9',
      '\ud800',
      ':',
    );
    let fresh = 0;
    fc.assert(
      fc.property(
        fc.array(odd, { maxLength: 3 }),
        fc.array(odd, { maxLength: 3 }),
        fc.array(odd, { maxLength: 3 }),
        (inName, afterSender, inNumber) => {
          const more = afterSender.join('');
          const headerLine = (sender: string): string =>
            `{"metlog":1,"logger":"l${inName.join('')}","sender":"${sender}"${more},"seq":4${inNumber.join('')},"sent":"${T}"}`;
          const known = `known${fresh++}`;
          decode(`${headerLine(known).replace(`4${inNumber.join('')}`, '9')}\n{"type":"x"}\n`, 0);
          const again = decode(`${headerLine(known)}\n{"type":"x"}\n`, 0);
          const first = decode(
            `${headerLine(`other${fresh}`.padEnd(known.length, '_').slice(0, known.length))}\n{"type":"x"}\n`,
            0,
          );
          const anonymous = (value: unknown): string =>
            JSON.stringify(value).replace(/(?:known|other)[\w]*/g, 'someone');
          expect(anonymous(again)).toBe(anonymous(first));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
