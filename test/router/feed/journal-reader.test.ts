import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createJournalReader, type JournalReader } from '../../../src/router/feed/journal-reader.ts';
import { segmentName, type Segment } from '../../../src/router/journal/segment.ts';
import { createManualPlatform, type ManualPlatform } from '../../../src/testing/manual-clock.ts';
import { temporaryFolder } from '../support/folder.ts';
import { journalText } from '../support/test-journal.ts';

interface Bench {
  readonly reader: JournalReader;
  readonly clock: ManualPlatform;
  readonly segment: Segment;
}

/** A journal of one segment of three messages, with a folder in the place of its file: it exists and cannot be read. */
async function unreadable(): Promise<Bench> {
  const path = join(await temporaryFolder(), segmentName(0));
  await mkdir(path);
  const text = journalText(['a', 'b', 'c'], 0);
  const segment = { path, first: 0, count: 3, dt: '2026-11-22', bytes: Buffer.byteLength(text) };
  const clock = createManualPlatform();
  const queue = { after: (offset: number) => (offset < 3 ? segment : undefined) };
  return { reader: createJournalReader({ queue, clock }), clock, segment };
}

describe('createJournalReader', () => {
  it('gives a segment up that cannot be read for half a minute', async () => {
    const { reader, clock, segment } = await unreadable();
    for (let i = 0; i < 30; i++) {
      await expect(reader.read(1)).rejects.toThrow('EISDIR');
      clock.advance(1_000);
    }
    const reading = await reader.read(1);
    expect(reading).toMatchObject({ goneUntil: 3 });
    expect(reading).toHaveProperty('trouble', expect.stringContaining(`${segment.path} cannot be read: EISDIR`));
  });

  it('does not give up after a few tries, however far apart they are', async () => {
    const { reader, clock } = await unreadable();
    for (let i = 0; i < 4; i++) {
      await expect(reader.read(0)).rejects.toThrow('EISDIR');
      clock.advance(60_000);
    }
    expect(await reader.read(0)).toMatchObject({ goneUntil: 3 });
  });

  it('reads on when the disk works again', async () => {
    const { reader, clock, segment } = await unreadable();
    await expect(reader.read(0)).rejects.toThrow('EISDIR');
    clock.advance(60_000);
    await rmdir(segment.path);
    await writeFile(segment.path, journalText(['a', 'b', 'c'], 0));
    expect(await reader.read(0)).toMatchObject({ end: 3 });
  });

  it('says what is missing of a segment that is gone or has lost its end', async () => {
    const { reader, segment } = await unreadable();
    await rmdir(segment.path);
    expect(await reader.read(0)).toHaveProperty('trouble', expect.stringContaining('ENOENT'));
    await writeFile(segment.path, journalText(['a', 'b'], 0));
    expect(await reader.read(0)).toMatchObject({ end: 2 });
    expect(await reader.read(2)).toEqual({ goneUntil: 3, trouble: `${segment.path} has lost its end` });
  });
});
