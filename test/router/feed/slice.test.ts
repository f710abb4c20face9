import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../src/router/feed/place.ts';
import { decodeSlice } from '../../../src/router/feed/slice.ts';
import { journalText } from '../support/test-journal.ts';

const decode = (text: string, first = 0): ReturnType<typeof decodeSlice> =>
  decodeSlice({ start: placeAt(first), bytes: Buffer.from(text) });

describe('decodeSlice', () => {
  it('reads messages with what their header says of them', () => {
    const { messages, end } = decode(journalText(['counter', 'timer'], 40), 40);
    expect(messages).toEqual([
      {
        type: 'counter',
        timestamp: '2026-11-22T12:00:00.000Z',
        logger: 'shop',
        severity: 6,
        payload: '1',
        metadata: { name: 'n40' },
        offset: 40,
        received: '2026-11-22T12:00:00.000Z',
        via: 'udp',
        key: undefined,
        hostname: 'web-1',
        pid: 7,
        sender: 's1',
        seq: 40,
      },
      expect.objectContaining({ type: 'timer', offset: 41, seq: 41 }),
    ]);
    expect(end).toMatchObject({ offset: 42, belowHeader: 2 });
  });

  it('gives every message the same keys, whatever its header lacks', () => {
    const bare = '{"metlog":1,"logger":"a","received":"2026-11-22T12:00:00.000Z","via":"http","key":"k"}\n';
    const line = '{"type":"x","timestamp":"t","logger":"own","severity":1,"payload":"","metadata":{}}\n';
    const [full] = decode(journalText(['x'], 0)).messages;
    const [lean] = decode(bare + line).messages;
    expect(Object.keys(lean ?? {})).toEqual(Object.keys(full ?? {}));
    expect(lean).toMatchObject({ logger: 'own', via: 'http', key: 'k', sender: undefined, seq: undefined });
  });

  it('goes on below the header where an earlier slice ended', () => {
    const text = journalText(['a', 'b', 'c'], 5);
    const cut = text.indexOf('\n', text.indexOf('\n') + 1) + 1;
    const before = decode(text.slice(0, cut), 5);
    const after = decodeSlice({ start: before.end, bytes: Buffer.from(text.slice(cut)) });
    expect([...before.messages, ...after.messages]).toEqual(decode(text, 5).messages);
    expect(after.messages.map(({ seq }) => seq)).toEqual([6, 7]);
  });

  it('leaves out a damaged line, and the messages below a damaged header, and counts both', () => {
    const lines = journalText(['a', 'b', 'c'], 0).split('\n');
    lines[2] = lines[2]?.replace('{"type"', '{"type') ?? '';
    const { messages, end } = decode(lines.join('\n') + '{"metlog":1,"logger\n' + (lines[1] ?? '') + '\n');
    expect(messages.map(({ offset, seq }) => [offset, seq])).toEqual([
      [0, 0],
      [2, 2],
    ]);
    expect(end.offset).toBe(4);
  });

  it.each([
    ['two lines that only together are JSON', ['{"type":"x"', '"severity":1,"payload":"","metadata":{}}'], 2],
    ['a line that only among others is JSON', ['{"type":"x"},{"type":"y"}'], 1],
  ])('does not take %s for messages', (_, damaged, count) => {
    const [header, ...lines] = journalText(['a', 'b'], 0).split('\n');
    const { messages, end } = decode([header, ...damaged, ...lines].join('\n'));
    expect(messages.map(({ offset, type }) => [offset, type])).toEqual([
      [count, 'a'],
      [count + 1, 'b'],
    ]);
    expect(end.offset).toBe(count + 2);
  });

  it('reads a last line without its newline, and nothing where there is nothing', () => {
    const text = journalText(['a', 'b'], 0);
    expect(decode(text.slice(0, -1))).toEqual(decode(text));
    expect(decode('', 3)).toEqual({ messages: [], end: placeAt(3) });
  });

  it('reads text beyond ASCII', () => {
    const text = journalText(['a'], 0).replace('n0', 'Größe 😀');
    expect(decode(text).messages[0]?.metadata).toEqual({ name: 'Größe 😀' });
  });
});
