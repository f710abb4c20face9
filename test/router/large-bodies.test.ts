import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MAX_LINE_BYTES } from '../../src/core/journal-format.ts';
import { openArchive } from '../../src/router/archive/archive.ts';
import { systemClock } from '../../src/router/clock.ts';
import type { Acceptance } from '../../src/router/input/acceptance.ts';
import { createReceiver } from '../../src/router/input/receiver.ts';
import { MAX_PIECE_LENGTH } from '../../src/router/input/run-builder.ts';
import { openCursor } from '../../src/router/journal/cursor.ts';
import { nodeFiles } from '../../src/router/journal/files.ts';
import { createSegmentQueue } from '../../src/router/journal/segment-queue.ts';
import { openSetAside } from '../../src/router/journal/set-aside.ts';
import type { Segment } from '../../src/router/journal/segment.ts';
import { SEGMENT_DEFAULTS } from '../../src/router/journal/writer-options.ts';
import { connectDuckdb, sqlText } from '../../src/store/duckdb.ts';
import { listArchive } from '../../src/store/layout.ts';
import { temporaryFolder } from './support/folder.ts';
import { headerLine, messageLine } from './support/lines.ts';

const MIB = 1024 * 1024;

interface Taken {
  readonly acceptance: Acceptance;
  readonly segments: readonly Segment[];
  /** Messages in the archive, and how many different numbers they have. */
  readonly archived: { readonly messages: number; readonly numbers: number };
}

/** Brings a body through a receiver and into an archive. */
async function takeIn(body: string | Buffer): Promise<Taken> {
  const dataDir = await temporaryFolder();
  const journalDir = join(dataDir, 'journal');
  const archiveDir = join(dataDir, 'archive');
  await mkdir(journalDir);
  const onTrouble = (text: string): void => expect.unreachable(text);
  const archive = await openArchive(
    { dir: archiveDir, retentionDays: 30, mergeEveryMs: 10_000 },
    { clock: systemClock, onTrouble },
  );
  onTestFinished(() => archive.close(0));
  const cursor = await openCursor(join(dataDir, 'cursors', 'archive'));
  const { queue, consumers } = createSegmentQueue({ maxBytes: 1e9 }, [cursor], {
    clock: systemClock,
    setAside: await openSetAside(journalDir, onTrouble),
    onAdded: archive.wake,
    onTrouble,
  });
  for (const consumer of consumers) archive.start(consumer, 0);
  const segments: Segment[] = [];
  const receiver = await createReceiver(
    {
      udp: { host: '127.0.0.1', port: 0, recvBufferBytes: MIB },
      journalDir,
      minOffset: 0,
      maxSenders: 1_000,
      ...SEGMENT_DEFAULTS,
    },
    {
      clock: systemClock,
      files: nodeFiles,
      onTrouble,
      onClosed(segment) {
        segments.push(segment);
        queue.add(segment);
      },
    },
  );
  onTestFinished(() => receiver.close());
  const acceptance = await receiver.accept(typeof body === 'string' ? Buffer.from(body) : body, 'http');
  await receiver.close();
  await archive.close(60_000);
  expect(archive.stats()).toMatchObject({ failures: 0, setAside: 0, waiting: 0 });
  return { acceptance, segments, archived: await count(archiveDir) };
}

async function count(archiveDir: string): Promise<Taken['archived']> {
  const paths = (await listArchive(archiveDir)).map(({ path }) => sqlText(path));
  if (paths.length === 0) return { messages: 0, numbers: 0 };
  const { connection, close } = await connectDuckdb({ purpose: 'the test', memoryLimitMiB: 512, threads: 1 });
  onTestFinished(close);
  const reader = await connection.runAndReadAll(
    `SELECT count(*)::INT AS messages, count(DISTINCT seq)::INT AS numbers
     FROM read_parquet([${paths.join(', ')}], hive_partitioning = false)`,
  );
  const [row] = reader.getRowObjectsJS();
  return { messages: Number(row?.['messages']), numbers: Number(row?.['numbers']) };
}

describe('a body that is made to grow', () => {
  it.each<[string, string]>([
    ['short names', 'shop'],
    ['names of 256 characters', 'x'.repeat(256)],
    ['names of 256 control characters', '\u0001'.repeat(256)],
  ])('is archived whole when its lines alternate between good and refused, with %s', async (_, name) => {
    const pair = '{"type":"x"}\n\n';
    const header = headerLine({ logger: name, hostname: name, sender: 'a', seq: 0 });
    const pairs = 8_191;
    const { acceptance, segments, archived } = await takeIn(`${header}\n${pair.repeat(pairs)}`);
    expect(acceptance).toMatchObject({ accepted: pairs, refusedCount: pairs });
    expect(archived).toEqual({ messages: pairs, numbers: pairs });
    const most = SEGMENT_DEFAULTS.segmentBytes + 3 * MAX_PIECE_LENGTH + 4_096;
    expect(Math.max(...segments.map(({ bytes }) => bytes))).toBeLessThan(most);
  });

  it('is archived whole when each of its bytes becomes three', async () => {
    const [before = '', after = ''] = messageLine('n', { payload: 'HERE' }).split('HERE');
    const bytes = Buffer.alloc(MIB - 1_000, 0xff);
    const { acceptance, archived } = await takeIn(
      Buffer.concat([Buffer.from(`${headerLine({ sender: 'a', seq: 0 })}\n${before}`), bytes, Buffer.from(after)]),
    );
    expect(acceptance).toEqual({ accepted: 1, duplicates: 0, refused: [] });
    expect(archived).toEqual({ messages: 1, numbers: 1 });
  });

  it('loses only the message that becomes longer than readers can read', async () => {
    const huge = `{"type":"x","metadata":{"a":[${'1e20,'.repeat(200_000)}1]}}`;
    const large = `{"type":"x","metadata":{"a":[${'1e20,'.repeat(MAX_LINE_BYTES / 22 - 10)}1]}}`;
    const body = [headerLine({ sender: 'a', seq: 0 }), messageLine(), huge, large, messageLine()].join('\n');
    const { acceptance, archived } = await takeIn(body);
    expect(acceptance).toEqual({ accepted: 3, duplicates: 0, refused: [{ line: 3, error: 'too-large' }] });
    expect(archived).toEqual({ messages: 3, numbers: 3 });
  });
});
