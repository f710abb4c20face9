import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalLine, MAX_METADATA_DEPTH } from '../../src/core/canonical-line.ts';
import { decode, MAX_BODY_LINES, readLine, type DecodedBatch } from '../../src/core/decode.ts';
import { encodeHeader, encodeMessage } from '../../src/core/encode.ts';
import { isMessage } from '../../src/core/guard.ts';
import { REFUSAL_REASONS, type RefusalReason } from '../../src/core/refusal.ts';
import { formatTimestamp } from '../../src/core/timestamp.ts';
import { aHeader, messages, nested, RECEIVED_MS } from './arbitraries.ts';

const header = encodeHeader(aHeader);
const line =
  '{"type":"counter","timestamp":"2026-11-22T10:44:00.123Z","severity":6,"payload":"1","metadata":{"name":"a","rate":1}}';
const withMetadata = (metadata: string): string =>
  `{"type":"x","timestamp":"2026-11-22T10:44:00.123Z","severity":6,"payload":"","metadata":${metadata}}`;

/** As a receiver does it: bytes, then text. */
const decodeBytes = (bytes: Uint8Array): ReturnType<typeof decode> =>
  decode(Buffer.from(bytes).toString('utf8'), RECEIVED_MS);

function batchesOf(text: string): readonly DecodedBatch[] {
  const decoded = decode(text, RECEIVED_MS);
  if (!decoded.ok) throw new Error(`refused: ${decoded.reason}`);
  return decoded.batches;
}

const linesOf = (text: string): DecodedBatch['lines'] => batchesOf(text).flatMap((batch) => batch.lines);
const outcomeOf = (message: string): string => {
  const [outcome] = linesOf(`${header}\n${message}\n`);
  return typeof outcome === 'string' ? outcome : outcome!.refused;
};
const metadataOf = (message: string): unknown => readLine(outcomeOf(message), aHeader).metadata;

function expectSound(decoded: ReturnType<typeof decode>): void {
  if (!decoded.ok) {
    expect(REFUSAL_REASONS).toContain(decoded.reason);
    return;
  }
  for (const batch of decoded.batches) {
    const context = { header: batch.header, receivedMs: RECEIVED_MS, shiftMs: 0 };
    for (const outcome of batch.lines) {
      if (typeof outcome !== 'string') {
        expect(REFUSAL_REASONS).toContain(outcome.refused);
        continue;
      }
      expect(JSON.stringify(JSON.parse(outcome))).toBe(outcome);
      expect(canonicalLine(outcome, context)).toBe(outcome);
      expect(Buffer.from(outcome).toString('utf8')).toBe(outcome);
      expect(isMessage(readLine(outcome, batch.header))).toBe(true);
    }
  }
}

describe('decode', () => {
  it('gives back every message that was encoded', () => {
    fc.assert(
      fc.property(fc.array(messages, { minLength: 1, maxLength: 4 }), (sent) => {
        const text = [header, ...sent.map((message) => encodeMessage(message, aHeader.logger))].join('\n') + '\n';
        const received = decodeBytes(Buffer.from(text));
        if (!received.ok) throw new Error(received.reason);
        const [batch] = received.batches;
        expect(batch?.header).toEqual(aHeader);
        // As text, which shows own keys such as `__proto__` and their order.
        const read = batch!.lines.map((outcome) => JSON.stringify(readLine(outcome as string, aHeader)));
        expect(read).toEqual(sent.map((message) => JSON.stringify(readBack(message))));
        expectSound(received);
      }),
      { numRuns: 300 },
    );
  });

  it('takes any bytes without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expectSound(decodeBytes(bytes))),
      { numRuns: 500 },
    );
  });

  it('takes any JSON below any JSON without throwing', () => {
    const values = fc.json({ maxDepth: 3 });
    fc.assert(
      fc.property(values, values, (first, second) => {
        expectSound(decode(`${first}\n${second}`, RECEIVED_MS));
        expectSound(decode(`${header}\n${second}\n${first}`, RECEIVED_MS));
      }),
      { numRuns: 300 },
    );
  });

  it('gives each line of a damaged datagram exactly one outcome', () => {
    const damage = fc.array(
      fc.record({
        kind: fc.constantFrom('cut', 'flip', 'double', 'insert'),
        at: fc.nat(),
        value: fc.integer({ min: 0, max: 255 }),
      }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(fc.array(messages, { minLength: 1, maxLength: 3 }), damage, (sent, changes) => {
        const body = sent.map((message) => `${encodeMessage(message, aHeader.logger)}\n`).join('');
        let bytes = Buffer.from(body);
        for (const { kind, at, value } of changes) bytes = damaged(bytes, kind, at % (bytes.length + 1), value);
        const text = `${header}\n${bytes.toString('utf8')}`;
        const decoded = decode(text, RECEIVED_MS);
        const count = text.split('\n').length - (text.endsWith('\n') ? 2 : 1);
        if (decoded.ok) expect(decoded.batches[0]!.lines).toHaveLength(count);
        else expect([decoded.reason, count]).toEqual(['no-messages', 0]);
        expectSound(decoded);
        expectSound(decodeBytes(bytes));
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, string, RefusalReason]>([
    ['no bytes', '', 'empty'],
    ['one newline', '\n', 'not-json'],
    ['text', 'counter:1|c', 'not-json'],
    ['65,507 bytes of zeros', '\0'.repeat(65_507), 'not-json'],
    ['65,507 newlines', '\n'.repeat(65_507), 'too-large'],
    ['65,507 quotes behind the sign of a deployed client', `"env_version"${'\\"'.repeat(32_747)}NaN`, 'not-json'],
    ['a number', '5', 'no-header'],
    ['100,000 levels of arrays', '['.repeat(100_000) + ']'.repeat(100_000), 'no-header'],
    ['100,000 arrays that never end', '['.repeat(100_000), 'not-json'],
    ['a message without a header', line, 'no-header'],
    ['indented JSON', JSON.stringify({ type: 'x' }, null, 2), 'no-header'],
    ['a byte order mark', `\ufeff${header}\n${line}\n`, 'not-json'],
    ['half a header', header.slice(0, 40), 'not-json'],
    ['a header alone', header, 'no-messages'],
    ['a header and a newline', `${header}\n`, 'no-messages'],
    ['a later version', `{"metlog":2,"logger":"shop"}\n${line}`, 'unknown-version'],
    ['a version in words', `{"metlog":"1","logger":"shop"}\n${line}`, 'unknown-version'],
    ['a header without logger', `{"metlog":1}\n${line}`, 'bad-header'],
    ['a sender without seq', `{"metlog":1,"logger":"a","sender":"b"}\n${line}`, 'bad-header'],
    [
      'a seq that cannot be counted on from',
      `{"metlog":1,"logger":"a","sender":"b","seq":9007199254740991}\n${line}`,
      'bad-header',
    ],
  ])('refuses %s as a whole', (_, text, reason) => {
    expect(decode(text, RECEIVED_MS)).toEqual({ ok: false, reason });
  });

  it.each<[string, string, RefusalReason]>([
    ['an empty line', '', 'not-json'],
    ['a line that is no JSON', '{"type":', 'not-json'],
    ['NaN', withMetadata('{"a":NaN}'), 'not-json'],
    ['a raw NUL', withMetadata('{"a":"\0"}'), 'not-json'],
    ['a raw tab', withMetadata('{"a":"\t"}'), 'not-json'],
    ['an array', `[${line}]`, 'not-an-object'],
    ['null', 'null', 'not-an-object'],
    ['a header', header, 'header-in-body'],
    ['a message with a version', `{"metlog":1,${line.slice(1)}`, 'header-in-body'],
    ['what a relay refused', '{"refused":"bad-type"}', 'refused-by-relay'],
    ['no type', '{"payload":"1"}', 'bad-type'],
    ['an empty type', '{"type":""}', 'bad-type'],
    ['a number for a type', '{"type":5}', 'bad-type'],
    ['a type of 257 characters', `{"type":"${'a'.repeat(257)}"}`, 'bad-type'],
    ['an empty logger', '{"type":"x","logger":""}', 'bad-logger'],
    ['a severity in words', '{"type":"x","severity":"abc"}', 'bad-severity'],
    ['severity 8', '{"type":"x","severity":8}', 'bad-severity'],
    ['severity -1', '{"type":"x","severity":-1}', 'bad-severity'],
    ['severity 6.5', '{"type":"x","severity":6.5}', 'bad-severity'],
    ['severity null', '{"type":"x","severity":null}', 'bad-severity'],
    ['an object for a payload', '{"type":"x","payload":{}}', 'bad-payload'],
    ['an infinite payload', '{"type":"counter","payload":1e400}', 'bad-payload'],
    ['an array for metadata', '{"type":"x","metadata":[]}', 'bad-metadata'],
    ['year 275760', '{"type":"x","timestamp":"+275760-09-13T00:00:00.000Z"}', 'bad-timestamp'],
    ['year 275760 as a number', '{"type":"x","timestamp":8.64e15}', 'bad-timestamp'],
    ['year 10000 as a number', '{"type":"x","timestamp":253402300800000}', 'bad-timestamp'],
    ['year 0', '{"type":"x","timestamp":"0000-01-01T00:00:00.000Z"}', 'bad-timestamp'],
    ['30 February', '{"type":"x","timestamp":"2026-02-30T00:00:00.000Z"}', 'bad-timestamp'],
    ['a timestamp of null', '{"type":"x","timestamp":null}', 'bad-timestamp'],
    ['metadata one level too deep', withMetadata(nested(MAX_METADATA_DEPTH + 1)), 'too-deep'],
    ['metadata of 100,000 levels', withMetadata(nested(100_000)), 'too-deep'],
    ['an unknown key of 100,000 levels', `{"type":"x","a":${nested(100_000)}}`, 'too-deep'],
    ['a type of 100,000 levels', `{"type":${nested(100_000)}}`, 'bad-type'],
  ])('refuses %s, and takes the next line', (_, bad, reason) => {
    expect(linesOf(`${header}\n${bad}\n${line}\n`)).toEqual([{ refused: reason }, line]);
  });

  it.each<[string, string, unknown]>([
    ['a number past the largest double', '{"a":1e400}', { a: null }],
    ['1e308', '{"a":1e308}', { a: 1e308 }],
    ['2^53 + 1', '{"a":9007199254740993}', { a: 9007199254740992 }],
    ['minus zero', '{"a":-0}', { a: 0 }],
    ['the last of equal keys', '{"a":1,"a":2}', { a: 2 }],
    ['half of a surrogate pair', '{"a":"x\\ud800y"}', { a: 'x\ufffdy' }],
    ['half of a surrogate pair behind a backslash', '{"a":"\\\\\\udfff"}', { a: '\\\ufffd' }],
    ['what only looks like half of a pair', '{"a":"\\\\ud800"}', { a: '\\ud800' }],
    ['keys that become one', '{"\\ud800":1,"\\ud801":2}', { '\ufffd': 2 }],
    ['an escaped NUL', '{"a\\u0000":"\\u0000"}', { 'a\0': '\0' }],
    ['metadata as deep as it may be', nested(MAX_METADATA_DEPTH), JSON.parse(nested(MAX_METADATA_DEPTH))],
  ])('takes %s in metadata', (_, metadata, expected) => {
    expect(metadataOf(withMetadata(metadata))).toEqual(expected);
    expectSound(decode(`${header}\n${withMetadata(metadata)}`, RECEIVED_MS));
  });

  it('keeps `__proto__` as a key like others', () => {
    const message = withMetadata('{"__proto__":{"polluted":true},"constructor":1}');
    expect(outcomeOf(message)).toBe(message);
    expect(JSON.stringify(metadataOf('{"type":"x","__proto__":{"polluted":true}}'))).toBe(
      '{"__proto__":{"polluted":true}}',
    );
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('takes the last of equal keys', () => {
    expect(readLine(outcomeOf('{"type":"a","type":"b","payload":"1","payload":"2"}'), aHeader)).toMatchObject({
      type: 'b',
      payload: '2',
    });
  });

  it('fills what is missing', () => {
    expect(readLine(outcomeOf('{"type":"x"}'), aHeader)).toEqual({
      type: 'x',
      timestamp: formatTimestamp(RECEIVED_MS),
      logger: 'shop',
      severity: 6,
      payload: '',
      metadata: {},
    });
  });

  it('reads a last line without a newline, and lines that end in CRLF', () => {
    expect(linesOf(`${header}\n${line}`)).toEqual([line]);
    expect(linesOf(`${header}\r\n${line}\r\n${line}\r\n`)).toEqual([line, line]);
  });

  it('replaces bytes that are no UTF-8, and a character that was cut in two', () => {
    const message = withMetadata('{"name":"Grüße"}');
    const bytes = Buffer.from(`${header}\n${message}\n`);
    bytes[bytes.indexOf('ü')] = 0xff;
    const decoded = decodeBytes(bytes);
    expectSound(decoded);
    expect(decoded).toMatchObject({ ok: true, batches: [{ lines: [expect.stringContaining('Gr\ufffd\ufffdße')] }] });
    expect(decodeBytes(bytes.subarray(0, bytes.indexOf('ß') + 1))).toMatchObject({
      batches: [{ lines: [{ refused: 'not-json' }] }],
    });
  });

  it('reads a datagram of 65,507 bytes in one piece', () => {
    const room = 65_507 - Buffer.byteLength(`${header}\n${withMetadata('{"a":""}')}\n`);
    const message = withMetadata(`{"a":"${'b'.repeat(room)}"}`);
    expect(linesOf(`${header}\n${message}\n`)).toEqual([message]);
  });

  it.each([
    ['a header and empty lines', `${JSON.stringify({ metlog: 1, logger: 'a' })}\n`, '\n'],
    ['old clients’ messages, one a line', `{"env_version":"0.8","type":"x"}\n`, '1\n'],
    ['no header', '1\n', '1\n'],
  ])('refuses %s whole when there are more than MAX_BODY_LINES lines', (_, first, line) => {
    const most = first + line.repeat(MAX_BODY_LINES - 1);
    expect(decode(most, RECEIVED_MS)).not.toEqual({ ok: false, reason: 'too-large' });
    expect(decode(most + line, RECEIVED_MS)).toEqual({ ok: false, reason: 'too-large' });
  });

  it('refuses an array of more than MAX_BODY_LINES messages whole', () => {
    const array = (count: number): string => `[{"env_version":"0.8","type":"x"}${',1'.repeat(count - 1)}]`;
    expect(decode(array(MAX_BODY_LINES), RECEIVED_MS)).toMatchObject({ ok: true });
    expect(decode(array(MAX_BODY_LINES + 1), RECEIVED_MS)).toEqual({ ok: false, reason: 'too-large' });
  });

  it('reads a message of a megabyte, copied or not', () => {
    const long = 'b'.repeat(1_048_576);
    expect(outcomeOf(withMetadata(`{"a":"${long}"}`))).toBe(withMetadata(`{"a":"${long}"}`));
    expect(metadataOf(withMetadata(`{"a":"\\u0062${long}"}`))).toEqual({ a: `b${long}` });
    const pairs = Array.from({ length: 100_000 }, (_, index) => `"k${index}":0`).join();
    expect(outcomeOf(withMetadata(`{${pairs}}`))).toBe(withMetadata(`{${pairs}}`));
    expect(outcomeOf(withMetadata(`{"a":"${'\\\\'.repeat(500_000)}\\ud800"}`))).toContain('\\\ufffd');
  });

  it('reads a header with keys that it does not know, and leaves them out', () => {
    const [batch] = batchesOf(`{"logger":"shop","metlog":1,"later":true}\n${line}`);
    expect(batch?.header).toEqual({ metlog: 1, logger: 'shop' });
  });
});

describe('a sender whose clock is off', () => {
  const sentAt = (sent: string, message: string): unknown =>
    JSON.parse(linesOf(`${encodeHeader({ ...aHeader, sent })}\n${message}`)[0] as string);

  it('keeps its timestamps while it is off by a minute at most', () => {
    expect(sentAt('2026-11-22T10:43:00.200Z', line)).toEqual(JSON.parse(line));
    expect(sentAt('2026-11-22T10:45:00.200Z', line)).toEqual(JSON.parse(line));
  });

  it('has its timestamps shifted when it is off by more, and the original kept', () => {
    expect(sentAt('2026-11-22T09:44:00.200Z', line)).toMatchObject({
      timestamp: '2026-11-22T11:44:00.123Z',
      metadata: { name: 'a', rate: 1, original_timestamp: '2026-11-22T10:44:00.123Z' },
    });
    expect(sentAt('2036-11-22T10:44:00.200Z', line.replaceAll('2026', '2036'))).toMatchObject({
      timestamp: '2026-11-22T10:44:00.123Z',
    });
  });

  it('keeps an original that is there already, and invents none', () => {
    expect(
      sentAt('2026-11-22T09:44:00.200Z', withMetadata('{"original_timestamp":"2020-01-01T00:00:00.000Z"}')),
    ).toMatchObject({
      metadata: { original_timestamp: '2020-01-01T00:00:00.000Z' },
    });
    expect(sentAt('2026-11-22T09:44:00.200Z', '{"type":"x"}')).toMatchObject({
      timestamp: '2026-11-22T10:44:00.200Z',
      metadata: {},
    });
  });

  it('has messages refused that the shift takes out of the years 1 to 9999', () => {
    const text = `${encodeHeader({ ...aHeader, sent: '9999-12-31T23:59:59.999Z' })}\n${withMetadata('{}').replace('2026', '0001')}`;
    expect(linesOf(text)).toEqual([{ refused: 'bad-timestamp' }]);
  });
});

/** The keys in the order of `readLine`. */
function readBack({ type, timestamp, logger, severity, payload, metadata }: ReturnType<typeof readLine>): unknown {
  return { type, timestamp, logger, severity, payload, metadata };
}

function damaged(bytes: Buffer, kind: string, at: number, value: number): Buffer<ArrayBuffer> {
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(at);
  if (kind === 'cut') return Buffer.from(before);
  if (kind === 'double') return Buffer.concat([bytes, after]);
  if (kind === 'insert') return Buffer.concat([before, Buffer.of(value), after]);
  const copy = Buffer.from(bytes);
  if (at < copy.length) copy[at] = value;
  return copy;
}
