import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { createMerger } from '../../../src/store/merge/merge.ts';
import { importStaging } from '../../../src/store/import/import-staging.ts';
import { openImport, type Import, type ImportLimits } from '../../../src/store/import/open-import.ts';
import { listAllFiles, listArchive } from '../../../src/store/layout.ts';
import { openStore } from '../../../src/store/query.ts';
import { createArchiveWriter } from '../../../src/store/segment-to-parquet.ts';
import { tempDir } from '../journal-text.ts';

const ID = '0123456789abcdef';
const DAYS = ['2026-11-20', '2026-11-21', '2026-11-22'];
/** So small that a few lines reach them all. */
const SMALL: ImportLimits = { sortRows: 4, sortLength: 5_000, heldLength: 300, idleLines: 6, fileBytes: 4_500 };

const messageLine = (number: number, dt = DAYS[0]): string =>
  JSON.stringify({
    type: ['timer', 'counter'][number % 2],
    timestamp: `${dt}T10:00:00.000Z`,
    logger: 'shop',
    severity: 6,
    payload: String(number),
    metadata: { name: `n${number % 3}` },
    received: `${dt}T10:00:01.000Z`,
    sender: `s${Math.floor(number / 3)}`,
    seq: number,
  });

async function open(dir: string, given: Partial<Parameters<typeof openImport>[0]> = {}): Promise<Import> {
  const opened = await openImport({ dir, id: ID, keeps: () => true, limits: SMALL, ...given });
  onTestFinished(() => opened.close());
  return opened;
}

/** Takes the lines in batches of at most `size`; killed before one of them, it stops where it is, and what it has not put in place is left as rubbish. */
async function run(
  dir: string,
  lines: readonly string[],
  {
    size = 5,
    killBefore = Infinity,
    ...given
  }: { size?: number; killBefore?: number } & Partial<Parameters<typeof openImport>[0]> = {},
): Promise<Import> {
  const opened = await open(dir, given);
  for (let first = 0; first < lines.length; first += size) {
    if (first >= killBefore) {
      await opened.close();
      await mkdir(importStaging(dir, ID), { recursive: true });
      for (const name of ['0.ndjson', '0.parquet', '1.parquet'])
        await writeFile(join(importStaging(dir, ID), name), 'half');
      return opened;
    }
    await opened.take({ first, lines: lines.slice(first, first + size) });
  }
  await opened.finish();
  await opened.close();
  return opened;
}

async function payloadsIn(dir: string): Promise<readonly number[]> {
  const store = await openStore(dir, { threads: 1 });
  const { rows } = await store.query('SELECT payload, sender, seq, received, value FROM messages');
  await store.close();
  for (const { payload, sender, seq, value } of rows) {
    expect([sender, seq, value]).toEqual([`s${Math.floor(Number(payload) / 3)}`, Number(payload), Number(payload)]);
  }
  return rows.map(({ payload }) => Number(payload)).sort((a, b) => a - b);
}

it('brings in every message once, into the day on which it was received, in large sorted files', async () => {
  const dir = await tempDir();
  const lines = Array.from({ length: 30 }, (_, number) => messageLine(number, DAYS[Math.floor(number / 10)]));
  const { counts } = await run(dir, lines, { limits: {} });
  expect(counts()).toEqual({ lines: 30, imported: 30, earlier: 0, inPlace: 30, refused: 0, tooOld: 0, days: 3 });
  const files = await listArchive(dir);
  expect(files.map(({ dt, writer, first, last, recent }) => [dt, writer, first, last, recent])).toEqual([
    [DAYS[0], `import-${ID}`, 0, 9, false],
    [DAYS[1], `import-${ID}`, 10, 19, false],
    [DAYS[2], `import-${ID}`, 20, 29, false],
  ]);
  expect(await payloadsIn(dir)).toEqual(lines.map((_, number) => number));
  const store = await openStore(dir, { threads: 1 });
  const { rows } = await store.query(
    `SELECT type || ' ' || name AS sorted_by FROM messages WHERE received < '${DAYS[1]}'`,
  );
  await store.close();
  const keys = rows.map((row) => row['sorted_by']);
  expect(keys).toEqual([...keys].sort());
  expect(await readdir(join(dir, '_staging'))).toEqual([]);
});

it('brings in messages that are large', async () => {
  const dir = await tempDir();
  const payload = 'at line 1 '.repeat(4_000);
  const lines = Array.from({ length: 2_000 }, (_, number) =>
    JSON.stringify({
      type: 'log',
      timestamp: `${DAYS[0]}T10:00:00.000Z`,
      logger: 'shop',
      payload: `${number} ${payload}`,
    }),
  );
  const { counts } = await run(dir, lines, { size: 100, limits: {} });
  expect(counts()).toMatchObject({ imported: 2_000, inPlace: 2_000 });
  const store = await openStore(dir, { threads: 1 });
  const { rows } = await store.query(
    'SELECT count(DISTINCT payload) AS n, min(length(payload)) AS least FROM messages',
  );
  await store.close();
  expect(rows).toEqual([{ n: 2_000, least: payload.length + 2 }]);
});

it('does nothing the second time', async () => {
  const dir = await tempDir();
  const lines = Array.from({ length: 30 }, (_, number) => messageLine(number, DAYS[number % 3]));
  await run(dir, lines);
  const before = await listAllFiles(dir);
  const { counts } = await run(dir, lines, { size: 7 });
  expect(counts()).toMatchObject({ imported: 0, earlier: 30, days: 3 });
  expect(await listAllFiles(dir)).toEqual(before);
});

/** A line of a day, or one that is no message. */
const anyLine = fc.oneof(
  { weight: 9, arbitrary: fc.record({ day: fc.nat(DAYS.length - 1) }) },
  { weight: 1, arbitrary: fc.constantFrom('', 'no message', '{"type":1}') },
);
const anyRun = fc.record({
  size: fc.integer({ min: 1, max: 9 }),
  killBefore: fc.integer({ min: 1, max: 60 }),
  merges: fc.boolean(),
  fileBytes: fc.constantFrom(1, 4_500, 20_000),
});

it('has each message once after it was killed at any points and run again, whatever the batches, days and merges between', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyLine, { minLength: 30, maxLength: 60 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.array(anyRun, { minLength: 1, maxLength: 3 }),
      async (given, disorder, runs) => {
        const dir = await tempDir();
        // In the order of time, with some that come late, or all in disorder.
        const lines = given.map((line, number) => {
          if (typeof line === 'string') return line;
          const inOrder = Math.floor((number / given.length) * DAYS.length);
          return messageLine(number, DAYS[(number * 7) % 10 < disorder * 10 ? line.day : inOrder]);
        });
        for (const { merges, fileBytes, ...killed } of runs) {
          await run(dir, lines, { ...killed, limits: { ...SMALL, fileBytes } });
          if (!merges) continue;
          const merger = await createMerger(dir, { retentionDays: Infinity });
          await merger.run({ before: 0, now: Date.parse('2026-11-25T00:00:00Z') });
          await merger.close();
        }
        const wanted = lines.flatMap((line, number) => (line.startsWith('{"type":"') ? [number] : []));
        const { counts } = await run(dir, lines);
        expect(counts().imported + counts().earlier).toBe(wanted.length);
        expect(await payloadsIn(dir)).toEqual(wanted);
      },
    ),
    { numRuns: 12 },
  );
}, 60_000);

it('leaves out days that the archive does not keep, tells of lines that are no message, and takes both up with a later run', async () => {
  const dir = await tempDir();
  const lines = ['{', messageLine(1, DAYS[0]), '', messageLine(3, DAYS[1]), '[]'];
  const told: [number, string][] = [];
  const onRefused = (line: number, reason: string): void => void told.push([line, reason]);
  const { counts } = await run(dir, lines, { keeps: (dt) => dt > '2026-11-20', onRefused });
  expect(counts()).toEqual({ lines: 5, imported: 1, earlier: 0, inPlace: 1, refused: 2, tooOld: 1, days: 1 });
  expect(told).toEqual([
    [1, 'not-json'],
    [5, 'not-an-object'],
  ]);
  await run(dir, lines);
  expect(await payloadsIn(dir)).toEqual([1, 3]);
});

it('stands beside the router’s own writer and merger, which leave each other’s staged files alone', async () => {
  const dir = await tempDir();
  const lines = Array.from({ length: 20 }, (_, number) => messageLine(number));
  const opened = await open(dir, { limits: { heldLength: 0 } });
  await opened.take({ first: 0, lines: lines.slice(0, 10) });
  const staged = await readdir(importStaging(dir, ID));
  // Opening clears what earlier ones left.
  const writer = await createArchiveWriter(dir);
  const merger = await createMerger(dir, { retentionDays: 30 });
  await merger.run({ before: 0, now: Date.parse('2026-11-25T00:00:00Z') });
  expect(staged).toEqual(['0.ndjson']);
  expect(await readdir(importStaging(dir, ID))).toEqual(staged);
  await opened.take({ first: 10, lines: lines.slice(10) });
  await opened.finish();
  await merger.run({ before: 0, now: Date.parse('2026-11-25T00:00:00Z') });
  await merger.close();
  await writer.close();
  expect(await payloadsIn(dir)).toHaveLength(20);
});

it('rejects once it is closed, and leaves nothing that is not in place', async () => {
  const dir = await tempDir();
  const opened = await open(dir);
  await opened.take({ first: 0, lines: [messageLine(0)] });
  await opened.close();
  await expect(opened.finish()).rejects.toThrow();
  expect(await listAllFiles(dir)).toEqual([]);
  expect(await readdir(join(dir, '_staging'))).toEqual([]);
});
