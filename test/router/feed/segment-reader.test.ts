import { appendFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSegmentReader, type SegmentReader } from '../../../src/router/feed/segment-reader.ts';
import { placeAt } from '../../../src/router/feed/place.ts';
import { decodeSlice } from '../../../src/router/feed/slice.ts';
import { segmentName, type Segment } from '../../../src/router/journal/segment.ts';
import type { ReceivedMessage } from '../../../src/router/received-message.ts';
import { temporaryFolder } from '../support/folder.ts';
import { journalText, many } from '../support/test-journal.ts';

async function segmentOf(text: string, first: number, count: number): Promise<Segment> {
  const path = join(await temporaryFolder(), segmentName(first));
  await writeFile(path, text);
  return { path, first, count, dt: '2026-11-22', bytes: Buffer.byteLength(text) };
}

function readAll(reader: SegmentReader): { messages: ReceivedMessage[]; pieces: number } {
  const messages: ReceivedMessage[] = [];
  let pieces = 0;
  for (let piece = reader.read(); piece !== undefined; piece = reader.read()) {
    messages.push(...piece.messages);
    pieces++;
  }
  return { messages, pieces };
}

describe('openSegmentReader', () => {
  it('reads a segment in pieces that together are the whole', async () => {
    const text = journalText(many('a', 1_500), 100) + journalText(many('b', 1_500), 1_600);
    const segment = await segmentOf(text, 100, 3_000);
    const reader = await openSegmentReader(segment, 0);
    const { messages, pieces } = readAll(reader);
    expect(pieces).toBeGreaterThan(2);
    expect(messages).toEqual(decodeSlice({ start: placeAt(100), bytes: Buffer.from(text) }).messages);
    expect(reader.offset).toBe(3_100);
  });

  it.each([100, 101, 102, 103, 104, 105, 106])('begins at offset %i as if it had read from the start', async (from) => {
    const text = journalText(['a', 'b'], 100) + journalText(['c'], 102) + journalText(['d', 'e', 'f'], 103);
    const segment = await segmentOf(text, 100, 6);
    const { messages } = readAll(await openSegmentReader(segment, from));
    const whole = decodeSlice({ start: placeAt(100), bytes: Buffer.from(text) }).messages;
    expect(messages).toEqual(whole.filter(({ offset }) => offset >= from));
  });

  it('reads nothing behind the end, where a write that failed may have left something', async () => {
    const segment = await segmentOf(journalText(['a'], 0), 0, 1);
    await appendFile(segment.path, journalText(['b'], 1));
    const { messages } = readAll(await openSegmentReader(segment, 0));
    expect(messages.map(({ type }) => type)).toEqual(['a']);
  });

  it('reads what the archive has set aside', async () => {
    const segment = await segmentOf(journalText(['a'], 0), 0, 1);
    await rename(segment.path, `${segment.path}.bad`);
    expect(readAll(await openSegmentReader(segment, 0)).messages).toHaveLength(1);
  });

  it('rejects when the segment is gone', async () => {
    const segment = await segmentOf('', 0, 1);
    await expect(openSegmentReader({ ...segment, path: `${segment.path}.gone` }, 0)).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
