import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Header } from '../../../src/core/header.ts';
import { recoverJournal } from '../../../src/router/journal/recovery.ts';
import { segmentName } from '../../../src/router/journal/segment.ts';
import { temporaryFolder } from '../support/folder.ts';
import { headerLine, messageLine } from '../support/lines.ts';

const received = '2026-11-22T12:00:00.000Z';
const header = (seq: number): string => headerLine({ sender: 'a', seq, received, via: 'udp' });
const LINES = [header(0), messageLine('ä'), messageLine('b'), header(7), messageLine('c'), messageLine('d')];
const SEGMENT = LINES.map((line) => `${line}\n`).join('');

/** What of the first `bytes` bytes is whole: as many lines as end within them, less a header at the end. */
function wholePart(bytes: Buffer): string {
  const whole: string[] = [];
  for (let length = 0, i = 0; i < LINES.length; i++) {
    length += Buffer.byteLength(LINES[i]!) + 1;
    if (length <= bytes.length) whole.push(LINES[i]!);
  }
  while (whole.at(-1)?.startsWith('{"metlog"')) whole.pop();
  return whole.map((line) => `${line}\n`).join('');
}

describe('recoverJournal', () => {
  it('finds nothing in an empty folder', async () => {
    const recovered = await recoverJournal(await temporaryFolder(), { onRun: () => undefined });
    expect(recovered).toEqual({ segments: [], nextOffset: 0, torn: { segments: 0, bytes: 0 } });
  });

  it('keeps whole segments as they are and tells of every header', async () => {
    const dir = await temporaryFolder();
    const path = join(dir, segmentName(10));
    await writeFile(path, SEGMENT);
    await writeFile(join(dir, segmentName(10) + '.bad'), 'set aside');
    const headers: [Header['seq'], number, number][] = [];
    const recovered = await recoverJournal(dir, {
      onRun: ({ header, count, receivedMs }, journalFirst) => {
        expect(journalFirst).toBe(10);
        headers.push([header.seq, count, receivedMs]);
      },
    });
    expect(recovered.segments).toEqual([
      { path, first: 10, count: 4, dt: '2026-11-22', bytes: Buffer.byteLength(SEGMENT) },
    ]);
    expect(recovered.nextOffset).toBe(14);
    expect(recovered.torn).toEqual({ segments: 0, bytes: 0 });
    expect(headers).toEqual([
      [0, 2, Date.parse(received)],
      [7, 2, Date.parse(received)],
    ]);
  });

  it('cuts a segment torn at any byte back to its last whole message', async () => {
    const whole = Buffer.from(SEGMENT);
    const dir = await temporaryFolder();
    const path = join(dir, segmentName(0));
    for (let length = 0; length < whole.length; length++) {
      await writeFile(path, whole.subarray(0, length));
      const { segments, torn } = await recoverJournal(dir, { onRun: () => undefined });
      const kept = wholePart(whole.subarray(0, length));
      const keptBytes = Buffer.byteLength(kept);
      expect(torn).toEqual({ segments: keptBytes < length ? 1 : 0, bytes: length - keptBytes });
      if (kept === '') expect(await readdir(dir)).toEqual([]);
      else expect(await readFile(path, 'utf8')).toBe(kept);
      expect(segments.map(({ count }) => count)).toEqual(
        kept === '' ? [] : [kept.split('\n').filter((line) => line.startsWith('{"type"')).length],
      );
    }
  });

  it.each([
    ['zeros, as a power loss leaves them', '\0\0\0\0\0\0'],
    ['zeros with a newline', '\0\0\0\n'],
    ['half a line with a newline', '{"type":"coun\n'],
    ['empty lines', '\n\n\n'],
    ['no object', '17\n'],
  ])('cuts off %s', async (_, end) => {
    const dir = await temporaryFolder();
    const path = join(dir, segmentName(0));
    await writeFile(path, SEGMENT + end);
    const { segments, torn } = await recoverJournal(dir, { onRun: () => undefined });
    expect(torn).toEqual({ segments: 1, bytes: end.length });
    expect(await readFile(path, 'utf8')).toBe(SEGMENT);
    expect(segments[0]?.count).toBe(4);
  });

  it('takes the word of names and sizes for what nobody has to read, but for the segments that a crash may have torn', async () => {
    const dir = await temporaryFolder();
    const unread = `${header(0)}\n${'?'.repeat(5_000)}`; // to read it would cut it off
    for (const first of [0, 4, 8]) await writeFile(join(dir, segmentName(first)), unread);
    for (const first of [12, 16, 20, 24]) await writeFile(join(dir, segmentName(first)), SEGMENT);
    const runs: number[] = [];
    const { segments, nextOffset, torn } = await recoverJournal(dir, {
      readFrom: 12,
      onRun: ({ first }) => runs.push(first),
    });
    expect(segments.map(({ first, count, dt, bytes }) => [first, count, dt, bytes])).toEqual([
      ...[0, 4, 8].map((first) => [first, 4, '2026-11-22', unread.length]),
      ...[12, 16, 20, 24].map((first) => [first, 4, '2026-11-22', Buffer.byteLength(SEGMENT)]),
    ]);
    expect([nextOffset, torn.segments, runs[0]]).toEqual([28, 0, 12]);

    await writeFile(join(dir, segmentName(20)), SEGMENT.slice(0, -3));
    const again = await recoverJournal(dir, { readFrom: 28, onRun: () => undefined });
    expect(again.torn.segments).toBe(1);
  });

  it('reads a segment whose first header cannot be read, wherever it is', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, segmentName(0)), 'x'.repeat(9_000));
    for (const first of [4, 8, 12, 16]) await writeFile(join(dir, segmentName(first)), SEGMENT);
    const { segments } = await recoverJournal(dir, { readFrom: 20, onRun: () => undefined });
    expect(segments.map(({ first }) => first)).toEqual([4, 8, 12, 16]);
  });

  it('removes a segment that does not begin with a header', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, segmentName(0)), `${messageLine()}\n`);
    expect((await recoverJournal(dir, { onRun: () => undefined })).segments).toEqual([]);
    expect(await readdir(dir)).toEqual([]);
  });
});
