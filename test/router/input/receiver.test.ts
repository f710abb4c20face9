import { createSocket, type Socket } from 'node:dgram';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { decode } from '../../../src/core/decode.ts';
import { systemClock } from '../../../src/router/clock.ts';
import { createReceiver, type Receiver } from '../../../src/router/input/receiver.ts';
import { nodeFiles } from '../../../src/router/journal/files.ts';
import { segmentName, type Segment } from '../../../src/router/journal/segment.ts';
import { SEGMENT_DEFAULTS } from '../../../src/router/journal/writer-options.ts';
import type { Written } from '../../../src/router/journal/written.ts';
import { temporaryFolder } from '../support/folder.ts';
import { datagram, headerLine, messageLine } from '../support/lines.ts';

interface Running {
  readonly receiver: Receiver;
  readonly journalDir: string;
  readonly segments: Segment[];
  /** Sends one datagram to the receiver's socket. */
  send(bytes: string | Uint8Array): Promise<void>;
  /** Closes and reads the whole journal, by line. */
  journal(): Promise<string[]>;
}

async function start(journalDir?: string, minOffset = 0): Promise<Running> {
  const dir = journalDir ?? join(await temporaryFolder(), 'journal');
  const segments: Segment[] = [];
  const receiver = await createReceiver(
    {
      udp: { host: '127.0.0.1', port: 0, recvBufferBytes: 1024 ** 2 },
      journalDir: dir,
      minOffset,
      maxSenders: 1_000,
      ...SEGMENT_DEFAULTS,
    },
    {
      clock: systemClock,
      files: nodeFiles,
      onClosed: (segment) => segments.push(segment),
      onTrouble: (text) => expect.unreachable(text),
    },
  );
  onTestFinished(() => receiver.close());
  const socket = createSocket('udp4');
  onTestFinished(() => closeSocket(socket));
  return {
    receiver,
    journalDir: dir,
    segments,
    send: (bytes) =>
      new Promise((resolve, reject) => {
        socket.send(bytes, receiver.address.port, receiver.address.host, (error) =>
          error ? reject(error) : resolve(),
        );
      }),
    async journal() {
      await receiver.close();
      const names = (await readdir(dir)).sort();
      const texts = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')));
      expect(texts.every((text) => text.endsWith('\n'))).toBe(true);
      return texts.join('').split('\n').slice(0, -1);
    },
  };
}

const closeSocket = (socket: Socket): Promise<void> => new Promise((resolve) => socket.close(resolve));
const isHeader = (line: string): boolean => line.startsWith('{"metlog":1');
const messagesOf = (lines: readonly string[]): string[] => lines.filter((line) => !isHeader(line));
const parsed = (line: string | undefined): unknown => JSON.parse(line ?? 'null');

const H = headerLine();
/** One line below a header. */
const below = (line: string): string => `${H}\n${line}\n`;
const deep = `{"type":"x","metadata":${'{"a":'.repeat(200)}1${'}'.repeat(200)}}`;

describe('createReceiver', () => {
  it.each<[string, string | Uint8Array, Record<string, number>]>([
    ['an empty datagram', '', { empty: 1 }],
    ['text that is no JSON', 'hello', { 'not-json': 1 }],
    ['binary', Uint8Array.of(0xff, 0xfe, 0x00, 0x80), { 'not-json': 1 }],
    ['JSON without a header', `${messageLine()}\n`, { 'no-header': 1 }],
    ['a header alone', `${H}\n`, { 'no-messages': 1 }],
    ['a header of another version', '{"metlog":2,"logger":"a"}\n{}', { 'unknown-version': 1 }],
    ['a header without a logger', '{"metlog":1}\n{"type":"x"}', { 'bad-header': 1 }],
    ['a header with half a book', `${headerLine({ sender: 'a' })}\n${messageLine()}`, { 'bad-header': 1 }],
    [
      'numbers past all counting',
      `${headerLine({ sender: 'a', seq: Number.MAX_SAFE_INTEGER })}\n${messageLine()}`,
      { 'bad-header': 1 },
    ],
    ['a header in the body', below(H), { 'header-in-body': 1 }],
    ['a line that is cut off', below(messageLine().slice(0, 40)), { 'not-json': 1 }],
    ['an empty line', `${H}\n\n`, { 'not-json': 1 }],
    ['a line that is no object', below('[1]'), { 'not-an-object': 1 }],
    ['a severity that is a text', below('{"type":"x","severity":"abc"}'), { 'bad-severity': 1 }],
    ['the year 275760', below('{"type":"x","timestamp":"+275760-09-13T00:00:00.000Z"}'), { 'bad-timestamp': 1 }],
    [
      'epoch milliseconds of the year 275760',
      below('{"type":"x","timestamp":8640000000000000}'),
      { 'bad-timestamp': 1 },
    ],
    ['deep nesting', below(deep), { 'too-deep': 1 }],
    ['a message without a type', below('{"payload":"1"}'), { 'bad-type': 1 }],
    ['65,507 bytes of brackets', '['.repeat(65_507), { 'not-json': 1 }],
    ['65,507 bytes of newlines', H + '\n'.repeat(65_507 - H.length), { 'too-large': 1 }],
    ['as many empty lines as a body may have', H + '\n'.repeat(16_384), { 'not-json': 16_383 }],
    ['a line refused on its way', below('{"refused":"too-large"}'), { 'refused-by-relay': 1 }],
  ])('refuses %s by its reason, and serves the next good datagram', async (_, bytes, refused) => {
    const { receiver, send, journal } = await start();
    await send(bytes);
    await send(datagram('good', 0, 1));
    await expect.poll(() => receiver.stats().input.accepted).toBe(1);
    expect(receiver.stats().input).toMatchObject({
      datagrams: 2,
      refused,
      duplicates: 0,
      journalFailed: 0,
      pending: 0,
    });
    expect(messagesOf(await journal())).toEqual([messageLine('n0')]);
  });

  it.each<[string, string | Uint8Array, unknown]>([
    ['truncated UTF-8', Buffer.from(below(messageLine('é'))).filter((byte) => byte !== 0xa9), { name: '�', rate: 1 }],
    ['half of a surrogate pair', below('{"type":"x","metadata":{"a":"\\ud83d"}}'), { a: '�' }],
    ['NUL', below('{"type":"x","metadata":{"a":"\\u0000"}}'), { a: '\0' }],
    ['__proto__', below('{"type":"x","metadata":{"__proto__":{"a":1}}}'), JSON.parse('{"__proto__":{"a":1}}')],
    ['a key twice', below('{"type":"x","metadata":{"a":1,"a":2}}'), { a: 2 }],
    [
      'a huge number',
      below('{"type":"x","metadata":{"a":1e999,"b":12345678901234567890}}'),
      { a: null, b: 12345678901234567000 },
    ],
    ['unknown keys', below('{"type":"x","extra":[1]}'), { extra: [1] }],
    ['no final newline', below('{"type":"x","metadata":{"a":1}}').slice(0, -1), { a: 1 }],
    ['carriage returns', below('{"type":"x","metadata":{"a":1}}\r'), { a: 1 }],
  ])('makes %s canonical', async (_, bytes, metadata) => {
    const { receiver, send, journal } = await start();
    await send(bytes);
    await expect.poll(() => receiver.stats().input.accepted).toBe(1);
    const lines = await journal();
    expect(lines).toHaveLength(2);
    const [header = '', line = ''] = lines;
    expect(parsed(line)).toMatchObject({ metadata });
    // Canonical: reading it again changes nothing.
    const again = decode(`${header}\n${line}\n`, Date.now());
    expect(again).toMatchObject({ ok: true, batches: [{ lines: [line] }] });
  });

  it('takes a datagram of 65,507 bytes', async () => {
    const { receiver, send, journal } = await start();
    const room = 65_507 - Buffer.byteLength(below(messageLine('')));
    await send(below(messageLine('x'.repeat(room))));
    await expect.poll(() => receiver.stats().input.accepted).toBe(1);
    expect(receiver.stats().input.bytes).toBe(65_507);
    expect(messagesOf(await journal())).toEqual([messageLine('x'.repeat(room))]);
  });

  it('writes the header itself, with what it knows and when and how it came', async () => {
    const { receiver, send, journal } = await start();
    const sent = new Date().toISOString();
    await send(
      `${JSON.stringify({ extra: 1, seq: 3, sender: 'abc', logger: 'shop', pid: 7, hostname: 'web-1', sent, metlog: 1 })}\n${messageLine()}\n`,
    );
    await expect.poll(() => receiver.stats().input.accepted).toBe(1);
    const [header = ''] = await journal();
    const { received, ...rest } = parsed(header) as Record<string, unknown>;
    expect(header.startsWith('{"metlog":1,"logger":')).toBe(true);
    expect(rest).toEqual({
      metlog: 1,
      logger: 'shop',
      hostname: 'web-1',
      pid: 7,
      sender: 'abc',
      seq: 3,
      sent,
      via: 'udp',
    });
    expect(received).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('begins a new header behind a refused line, so that every line keeps its number', async () => {
    const { receiver, send, journal } = await start();
    const lines = [messageLine('n0'), 'broken', messageLine('n2'), messageLine('n3'), '{}'];
    await send([headerLine({ sender: 'a', seq: 10 }), ...lines].join('\n'));
    await expect.poll(() => receiver.stats().input.accepted).toBe(3);
    expect(receiver.stats().senders.missing).toBe(10);
    expect((await journal()).map((line) => (isHeader(line) ? (parsed(line) as { seq: number }).seq : line))).toEqual([
      10,
      messageLine('n0'),
      12,
      messageLine('n2'),
      messageLine('n3'),
    ]);
  });

  it('journals each numbered message once, whatever repeats and overlaps', async () => {
    const { receiver, send, journal } = await start();
    await send(datagram('a', 5, 5));
    await send(datagram('a', 5, 5));
    await send(datagram('a', 0, 7));
    await send(datagram('a', 8, 4));
    await send(datagram('b', 0, 1));
    await expect.poll(() => receiver.stats().input.datagrams).toBe(5);
    await expect.poll(() => receiver.stats().input.accepted).toBe(13);
    expect(receiver.stats().input.duplicates).toBe(5 + 2 + 2);
    expect(receiver.stats().senders).toMatchObject({ senders: 2, missing: 0 });
    const seen = new Map<string, string>();
    let at = { sender: '', seq: 0 };
    for (const line of await journal()) {
      if (isHeader(line)) at = parsed(line) as typeof at;
      else seen.set(`${at.sender} ${at.seq++}`, line);
    }
    expect(seen.size).toBe(13);
    for (let n = 0; n < 12; n++) expect(seen.get(`a ${n}`)).toBe(messageLine(`n${n}`));
  });

  it('takes every datagram without a sender', async () => {
    const { receiver, send } = await start();
    for (let i = 0; i < 3; i++) await send(below(messageLine()));
    await expect.poll(() => receiver.stats().input.accepted).toBe(3);
    expect(receiver.stats().senders.senders).toBe(0);
  });

  it('answers for a body what was taken, what had come before, and which lines were not taken and why', async () => {
    const { receiver, journal } = await start();
    const body = (text: string): Buffer => Buffer.from(text);
    expect(await receiver.accept(body(datagram('a', 0, 2)), 'http')).toEqual({
      accepted: 2,
      duplicates: 0,
      refused: [],
    });
    expect(await receiver.accept(body(`${datagram('a', 0, 3)}nonsense\n`), 'http')).toEqual({
      accepted: 1,
      duplicates: 2,
      refused: [{ line: 5, error: 'not-json' }],
    });
    expect(await receiver.accept(body(datagram('a', 0, 2)), 'http')).toEqual({
      accepted: 0,
      duplicates: 2,
      refused: [],
    });
    expect(await receiver.accept(body('nonsense'), 'http')).toEqual({ rejected: 'not-json' });
    expect(await receiver.accept(Buffer.alloc(3 * 1024 ** 2, 0x20), 'http')).toEqual({ rejected: 'too-large' });
    const legacy = { env_version: '0.8', type: 'x', fields: {} };
    expect(await receiver.accept(body(JSON.stringify([legacy, { ...legacy, severity: 99 }])), 'http')).toEqual({
      accepted: 1,
      duplicates: 0,
      refused: [{ line: 2, error: 'bad-severity' }],
    });
    expect((await journal()).filter(isHeader).every((line) => line.endsWith(',"via":"http"}'))).toBe(true);
    expect(await receiver.accept(body(datagram('b', 0, 1)), 'http')).toEqual({ rejected: 'journal-failed' });
  });

  it('lists the first of many refused lines, and says how many there are', async () => {
    const { receiver } = await start();
    const body = Buffer.from(`${H}\n${messageLine()}\n${'{}\n'.repeat(150)}`);
    expect(await receiver.accept(body, 'http')).toEqual({
      accepted: 1,
      duplicates: 0,
      refused: Array.from({ length: 100 }, (_, i) => ({ line: i + 3, error: 'bad-type' })),
      refusedCount: 150,
    });
  });

  it('takes up the numbers and the senders of the run before, and cuts off its torn end', async () => {
    const first = await start();
    await first.send(datagram('a', 0, 3));
    await expect.poll(() => first.receiver.stats().input.accepted).toBe(3);
    await first.receiver.close();
    const path = join(first.journalDir, segmentName(0));
    await writeFile(path, (await readFile(path, 'utf8')) + '{"type":"cou');

    const second = await start(first.journalDir);
    expect(second.receiver.recovered).toMatchObject({ nextOffset: 3, torn: { segments: 1, bytes: 12 } });
    await second.send(datagram('a', 0, 5));
    await expect.poll(() => second.receiver.stats().input.accepted).toBe(2);
    expect(second.receiver.stats()).toMatchObject({ input: { duplicates: 3 }, senders: { missing: 0 } });
    await second.receiver.close();
    expect((await readdir(first.journalDir)).sort()).toEqual([segmentName(0), segmentName(3)]);
  });

  it('starts beside a segment that a crash left empty', async () => {
    const journalDir = join(await temporaryFolder(), 'journal');
    await mkdir(journalDir);
    await writeFile(join(journalDir, segmentName(0)), '');
    const { send, journal } = await start(journalDir);
    await send(datagram('a', 0, 1));
    expect(messagesOf(await journal())).toHaveLength(1);
  });

  it('gives out no offset that the archive holds', async () => {
    const { send, segments, journal } = await start(undefined, 500);
    await send(datagram('a', 0, 1));
    await journal();
    expect(segments.map(({ first }) => first)).toEqual([500]);
  });

  it('journals what the kernel had received when it was closed', async () => {
    const { send, journal } = await start();
    for (let i = 0; i < 200; i++) await send(datagram('a', i, 1));
    expect(messagesOf(await journal())).toHaveLength(200);
  });

  it('lets a listener see the journal as it is written', async () => {
    const { receiver, send, journal } = await start();
    let text = '';
    const heard: { first: number; count: number }[] = [];
    const listen = ({ first, count, bytes }: Written): void => {
      heard.push({ first, count });
      text += Buffer.from(bytes).toString();
    };
    expect(receiver.tap(listen)).toBe(receiver.firstOffset);
    await send(datagram('a', 0, 2));
    await expect.poll(() => messagesOf(text.split('\n')).length).toBe(3); // two, and what follows the last newline
    expect(heard).toEqual([{ first: 0, count: 2 }]);
    expect(receiver.tap(undefined)).toBe(2);
    await send(datagram('a', 2, 2));
    const lines = await journal();
    expect(lines).toHaveLength(6);
    expect(text).toBe(lines.slice(0, 3).join('\n') + '\n');
  });

  it('says plainly that its port is in use', async () => {
    const { receiver } = await start();
    const second = createReceiver(
      {
        udp: { host: '127.0.0.1', port: receiver.address.port, recvBufferBytes: 65_536 },
        journalDir: await temporaryFolder(),
        minOffset: 0,
        maxSenders: 10,
        ...SEGMENT_DEFAULTS,
      },
      { clock: systemClock, files: nodeFiles, onClosed: () => undefined, onTrouble: () => undefined },
    );
    await expect(second).rejects.toMatchObject({
      code: 'udp-unusable',
      message: `udp://127.0.0.1:${receiver.address.port} is in use`,
    });
  });
});
