import { expect, it } from 'vitest';
import { formatMessage } from '../../src/cli/tail-format.ts';
import { textWidth } from '../../src/cli/terminal-text.ts';
import type { Message } from '../../src/core/schema.ts';
import { aMessage } from '../report/temp-archive.ts';

/** The line without its time. */
const line = (fields: Partial<Message>, isColoured = false): string =>
  formatMessage(JSON.stringify(aMessage({ severity: 6, metadata: {}, ...fields })), isColoured).replace(/^\S+ {2}/, '');

it.each<[string, Partial<Message>]>([
  ['info      shop  counter  login.ok  3', { type: 'counter', payload: '3', metadata: { name: 'login.ok', rate: 1 } }],
  ['info      shop  timer  db.query  12.25 ms', { type: 'timer', payload: '12.25', metadata: { name: 'db.query', rate: 1 } }],
  ['info      shop  timer  db.query  7 ms  {"rate":0.1,"region":"eu"}', { type: 'timer', payload: '7', metadata: { name: 'db.query', rate: 0.1, region: 'eu' } }],
  ['info      shop  gauge  queue.depth  17', { type: 'gauge', payload: '17', metadata: { name: 'queue.depth', rate: 1 } }],
  ['info      shop  counter  3  {"name":7}', { type: 'counter', payload: '3', metadata: { name: 7 } }],
  ['info      shop  order.placed  p  {"name":"n"}', { type: 'order.placed', payload: 'p', metadata: { name: 'n' } }],
  ['info      shop  constructor  1  {"name":"n"}', { type: 'constructor', payload: '1', metadata: { name: 'n' } }],
  ['debug     shop  x', { type: 'x', payload: '', severity: 7 }],
])('says %s', (expected, fields) => {
  expect(line(fields)).toBe(expected);
}); // prettier-ignore

it('says of an exception what was thrown, and where the application stood', () => {
  const frames = [
    { filename: 'main.js', lineno: 1, colno: 2, in_app: true },
    { filename: 'cart.js', lineno: 10, colno: 13, in_app: true },
    { filename: 'node:internal', lineno: 5, in_app: false },
  ];
  const exception = { type: 'TypeError', value: 'no\nx', frames, fingerprint: 'f' };
  const fields = { type: 'exception', severity: 3, payload: 'TypeError: no\n    at …', logger: 'shop' } as const;
  expect(line({ ...fields, metadata: { exception, user: 'u1' } })).toBe(
    'error     shop  exception  TypeError: no\\nx  at cart.js:10:13  {"user":"u1"}',
  );
  const foreign = { ...exception, frames: frames.slice(2), value: '' };
  expect(line({ ...fields, metadata: { exception: foreign } })).toBe('error     shop  exception  TypeError  at node:internal:5');
  expect(line({ ...fields, payload: 'p', metadata: { exception: 'odd' } })).toBe('error     shop  exception  p  {"exception":"odd"}');
  expect(line({ ...fields, payload: 'p', metadata: { exception: { type: 'E', frames: [null, { filename: {} }] } } })).toBe('error     shop  exception  E');
}); // prettier-ignore

it.each([
  [0, 31],
  [3, 31],
  [4, 33],
  [6, 32],
  [7, 2],
] as const)('paints severity %i with code %i, and only where there are colours', (severity, code) => {
  expect(line({ severity }, true)).toContain(`\x1b[${code}m${['emergency', '', '', 'error', 'warning', '', 'info', 'debug'][severity]!.slice(0, 8)}`);
  expect(line({ severity }, false)).not.toContain('\x1b');
}); // prettier-ignore

it('keeps a line within some lines of a terminal, however long its message, and says where it was cut', () => {
  const long = '日'.repeat(1024 * 1024);
  const shown = line({ logger: long, type: long, payload: long, metadata: { [long]: long } });
  expect(textWidth(shown)).toBeLessThan(1_300);
  expect(shown.match(/…/g)).toHaveLength(4);
});
