import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MAX_METADATA_DEPTH } from '../../src/core/canonical-line.ts';
import { decode, readLine } from '../../src/core/decode.ts';
import type { Header } from '../../src/core/header.ts';
import { nested, RECEIVED_MS } from './arbitraries.ts';

const fixture = (version: string): string[] =>
  readFileSync(new URL(`fixtures/metlog-python-${version}.ndjson`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');

type Outcome = { header: Header; refused: string } | { header: Header; message: ReturnType<typeof readLine> };

function outcomes(text: string): Outcome[] {
  const decoded = decode(text, RECEIVED_MS);
  if (!decoded.ok) throw new Error(`refused: ${decoded.reason}`);
  return decoded.batches.map(({ header, lines: [line] }) =>
    typeof line === 'string' ? { header, message: readLine(line, header) } : { header, refused: line!.refused },
  );
}

const only = (text: string): Outcome => outcomes(text)[0]!;
const legacy = (fields: Record<string, unknown>): string =>
  JSON.stringify({
    env_version: '0.8',
    type: 'x',
    timestamp: '2012-10-04T19:21:07.123456',
    logger: 'shop',
    severity: 6,
    fields: {},
    ...fields,
  });

const defaults = { logger: 'shop', severity: 6, payload: '', metadata: {} };
const onTheMoment = { ...defaults, timestamp: '2012-10-04T19:21:07.123Z' };
const onTheSecond = { ...defaults, timestamp: '2012-10-04T19:21:07.000Z' };
const order = { coupon: null, items: [{ sku: 'a', n: 2 }], total: 12.5, order: 2 ** 53, gift: true };
const ratio = { note: 'NaN "Infinity" -Infinity', peak: null, value: null, low: null };

describe('what the Metlog client for Python sends', () => {
  it('is read as it was meant, from version 0.10.0', () => {
    const read = fixture('0.10.0').flatMap(outcomes);
    expect(read.map((outcome) => 'message' in outcome && outcome.message)).toEqual([
      { ...onTheMoment, type: 'counter', payload: '1', metadata: { name: 'login.ok', rate: 1 } },
      {
        ...onTheSecond,
        type: 'counter',
        logger: 'shop.http',
        severity: 7,
        payload: '512',
        metadata: { name: 'bytes.sent', rate: 1, path: '/café', status: 200 },
      },
      { ...onTheMoment, type: 'counter', payload: '1', metadata: { name: 'cache.hit', rate: 0.1 } },
      { ...onTheSecond, type: 'timer', payload: '0', metadata: { name: 'db.query', rate: 1, table: 'orders' } },
      { ...onTheMoment, type: 'timer', payload: '0', metadata: { name: 'render', rate: 0.3 } },
      { ...onTheSecond, type: 'order.placed', payload: 'Grüße 😀', metadata: order },
      { ...onTheMoment, type: 'no.payload' },
      { ...onTheSecond, type: 'ratio', metadata: ratio },
      { ...onTheMoment, type: 'lone', payload: 'half \ufffd pair' },
      { ...onTheSecond, type: 'oldstyle', severity: 7, payload: 'cache miss of 3' },
      {
        ...onTheMoment,
        type: 'oldstyle',
        severity: 1,
        payload: expect.stringMatching(/^lookup failed\nTraceback .*KeyError: 'k'$/s) as string,
      },
      { ...onTheSecond, type: 'oldstyle', severity: 4, payload: 'via logging' },
      { ...onTheMoment, type: 'oldstyle', severity: 4, payload: '{"event":"login","user":"u1"}' },
      { ...onTheSecond, type: 'counter', logger: 'unknown', payload: '1', metadata: { name: 'anonymous', rate: 1 } },
    ]);
    for (const { header } of read) expect(header).toMatchObject({ metlog: 1, hostname: 'app1.example.com', pid: 4242 });
    for (const { header } of read) expect(header.sender).toBeUndefined();
  });

  it('is read as it was meant, from version 0.8.5, which named no zone, host or process', () => {
    const read = fixture('0.8.5').flatMap(outcomes);
    expect(read.map((outcome) => 'message' in outcome && outcome.message)).toEqual([
      { ...onTheMoment, type: 'counter', payload: '1', metadata: { name: 'login.ok' } },
      {
        ...onTheSecond,
        type: 'counter',
        logger: 'shop.http',
        severity: 7,
        payload: '512',
        metadata: { name: 'bytes.sent', path: '/café', status: 200 },
      },
      { ...onTheMoment, type: 'timer', payload: '0', metadata: { name: 'db.query', rate: 1, table: 'orders' } },
      { ...onTheSecond, type: 'timer', payload: '0', metadata: { name: 'render', rate: 0.3 } },
      { ...onTheMoment, type: 'order.placed', payload: 'Grüße 😀', metadata: order },
      { ...onTheSecond, type: 'no.payload' },
      { ...onTheMoment, type: 'ratio', metadata: ratio },
      { ...onTheSecond, type: 'lone', payload: 'half \ufffd pair' },
      { ...onTheMoment, type: 'counter', logger: 'unknown', payload: '1', metadata: { name: 'anonymous' } },
    ]);
    expect(read[1]!.header).toEqual({ metlog: 1, logger: 'shop.http' });
  });

  it('is read alike one a line, with CRLF, in an array, and indented as its file sender writes it', () => {
    const sent = fixture('0.10.0');
    const each = sent.flatMap(outcomes);
    expect(outcomes(sent.join('\n'))).toEqual(each);
    expect(outcomes(`${sent.join('\r\n')}\r\n\r\n`)).toEqual(each);
    expect(outcomes(`[${sent.join(', ')}]\n`)).toEqual(each);
    expect(outcomes(JSON.stringify(JSON.parse(sent[0]!), null, 4))).toEqual([each[0]]);
  });
});

describe('odd messages of deployed clients', () => {
  it('have what is missing filled in', () => {
    expect(only('{"env_version":"0.8","type":"x"}')).toEqual({
      header: { metlog: 1, logger: 'unknown' },
      message: {
        type: 'x',
        timestamp: '2026-11-22T10:44:00.200Z',
        logger: 'unknown',
        severity: 6,
        payload: '',
        metadata: {},
      },
    });
    expect(only(legacy({ fields: null, payload: null }))).toMatchObject({ message: { payload: '', metadata: {} } });
    expect(only(legacy({ logger: null }))).toMatchObject({ header: { logger: 'unknown' } });
  });

  it('bring unknown keys into metadata', () => {
    expect(only(legacy({ fields: { a: 1 }, a: 2, b: 3 }))).toMatchObject({
      message: { metadata: { a: 1, user_a: 2, b: 3 } },
    });
  });

  it('may name another zone', () => {
    expect(only(legacy({ timestamp: '2012-10-04T21:21:07.123456+02:00' }))).toMatchObject({ message: onTheMoment });
  });

  it.each([
    ['a severity in words', { severity: 'abc' }, 'bad-severity'],
    ['no type', { type: undefined }, 'bad-type'],
    ['a logger that is no text', { logger: 5 }, 'bad-logger'],
    ['a list of fields', { fields: [] }, 'bad-metadata'],
    ['a time that is none', { timestamp: 'yesterday' }, 'bad-timestamp'],
    ['fields that are too deep', { fields: JSON.parse(nested(MAX_METADATA_DEPTH + 1)) as unknown }, 'too-deep'],
  ])('are refused for %s', (_, fields, refused) => {
    expect(only(legacy(fields))).toMatchObject({ refused });
  });

  it('are refused for a payload of 100,000 levels', () => {
    expect(only(`{"env_version":"0.8","type":"x","payload":${nested(100_000)}}`)).toMatchObject({
      refused: 'too-deep',
    });
  });

  it('lose a host and a process that cannot be', () => {
    const { header } = only(legacy({ metlog_hostname: 'a'.repeat(257), metlog_pid: -1 }));
    expect(header).toEqual({ metlog: 1, logger: 'shop' });
  });

  it('have halves of surrogate pairs replaced in host and logger', () => {
    const { header } = only(legacy({ metlog_hostname: 'h\ud800', logger: 'l\udfff' }));
    expect(header).toEqual({ metlog: 1, logger: 'l\ufffd', hostname: 'h\ufffd' });
  });

  it('are each given an outcome among things that are none', () => {
    const refusals = (text: string): unknown[] =>
      outcomes(text).map((outcome) => ('refused' in outcome ? outcome.refused : 'taken'));
    expect(refusals(`[${legacy({})},5,{"type":"x"},${legacy({})}]`)).toEqual([
      'taken',
      'not-an-object',
      'no-header',
      'taken',
    ]);
    expect(refusals(`${legacy({})}\n{"type":\n${legacy({})}`)).toEqual(['taken', 'not-json', 'taken']);
  });
});
