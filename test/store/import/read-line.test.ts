import { expect, it } from 'vitest';
import { ndjsonLine } from '../../../src/router/sinks/ndjson-line.ts';
import { readImportLine } from '../../../src/store/import/read-line.ts';

const TIME = '2026-11-22T10:44:00.123Z';
const MESSAGE = {
  type: 'counter',
  timestamp: TIME,
  logger: 'shop',
  severity: 6,
  payload: '1',
  metadata: { name: 'a', rate: 1 },
};
const LINE = `{"type":"counter","timestamp":"${TIME}","severity":6,"payload":"1","metadata":{"name":"a","rate":1}}`;

const read = (value: unknown): unknown => readImportLine(typeof value === 'string' ? value : JSON.stringify(value));

it('reads what the file sink writes', () => {
  const text = ndjsonLine({
    ...MESSAGE,
    severity: 6,
    received: '2026-11-22T10:44:01.000Z',
    via: 'udp',
    key: 'web',
    hostname: 'web-1',
    pid: 42,
    sender: 'abc',
    seq: 7,
    offset: 99,
  });
  expect(readImportLine(text.trimEnd())).toEqual({
    header: { metlog: 1, logger: 'shop', hostname: 'web-1', pid: 42, sender: 'abc', seq: 7 },
    received: '2026-11-22T10:44:01.000Z',
    line: LINE,
  });
});

it('reads what a query prints, without the columns that come from the metadata', () => {
  const row = {
    ...MESSAGE,
    received: '2026-11-22T10:44:01.000Z',
    hostname: null,
    pid: null,
    sender: null,
    seq: null,
    name: 'a',
    value: 1,
    rate: 1,
    fingerprint: null,
    error_type: null,
  };
  expect(read(row)).toEqual({
    header: { metlog: 1, logger: 'shop' },
    received: '2026-11-22T10:44:01.000Z',
    line: LINE,
  });
});

it('reads a message as it was said, received when it was sent, with what else it has in its metadata', () => {
  expect(read({ ...MESSAGE, hostname: 'h', order: 5, name: 'b' })).toEqual({
    header: { metlog: 1, logger: 'shop', hostname: 'h' },
    received: TIME,
    line: LINE.replace('"rate":1}', '"rate":1,"order":5,"user_name":"b"}'),
  });
});

it.each([
  ['a counter', { type: 'counter', payload: '3', fields: { name: 'login', rate: 1 } }],
  ['a timer', { type: 'timer', payload: '51', fields: { rate: 1, name: 'added' } }],
  ['an exception', { type: 'sentry', payload: 'eJztWW1z2zYS', fields: { epoch_timestamp: '1', dsn: 'x' } }],
  ['what Heka added', { type: 'log', payload: 'hello', fields: {}, uuid: '8c4c' }],
])('reads %s in the envelope of 2011', (_, { type, payload, fields, ...rest }) => {
  const text = {
    severity: 6,
    timestamp: '2012-05-01T12:00:00.123456',
    metlog_hostname: 'aitc1',
    fields,
    metlog_pid: 46543,
    logger: 'blah',
    type,
    payload,
    env_version: '0.8',
    ...rest,
  };
  expect(read(text)).toEqual({
    header: { metlog: 1, logger: 'blah', hostname: 'aitc1', pid: 46543 },
    received: '2012-05-01T12:00:00.123Z',
    line: JSON.stringify({
      type,
      timestamp: '2012-05-01T12:00:00.123Z',
      severity: 6,
      payload,
      metadata: { ...fields, ...rest },
    }),
  });
});

it.each([
  ['', 'not-json'],
  ['torn {"type":', 'not-json'],
  ['[]', 'not-an-object'],
  [`[${JSON.stringify({ ...MESSAGE, env_version: '0.8' })}]`, 'not-an-object'],
  ['{"metlog":1,"logger":"shop"}', 'header-in-body'],
  [{ ...MESSAGE, timestamp: undefined }, 'bad-timestamp'],
  [{ ...MESSAGE, timestamp: null }, 'bad-timestamp'],
  [{ ...MESSAGE, timestamp: undefined, env_version: '0.8' }, 'bad-timestamp'],
  [{ ...MESSAGE, received: 'yesterday' }, 'bad-timestamp'],
  [{ ...MESSAGE, logger: undefined }, 'bad-logger'],
  [{ ...MESSAGE, type: '' }, 'bad-type'],
  [{ ...MESSAGE, severity: 9 }, 'bad-severity'],
  [{ ...MESSAGE, metadata: 'x' }, 'bad-metadata'],
  [{ ...MESSAGE, received: TIME, sender: 'a b', seq: 1 }, 'bad-header'],
])('refuses %j', (text, reason) => {
  expect(read(text)).toEqual({ refused: reason });
});

it('takes a key named __proto__ for a key', () => {
  const text = JSON.stringify(MESSAGE).replace('"type":"counter",', '"__proto__":{"type":"log"},');
  expect(readImportLine(text)).toEqual({ refused: 'bad-type' });
});
