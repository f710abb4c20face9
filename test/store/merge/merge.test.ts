import { existsSync } from 'node:fs';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { listAllFiles, listArchive } from '../../../src/store/layout.ts';
import { createMerger } from '../../../src/store/merge/merge.ts';
import type { Merger, MergerOptions } from '../../../src/store/merge/merge.ts';
import { openStore } from '../../../src/store/query.ts';
import type { Store } from '../../../src/store/query.ts';
import { createArchiveWriter } from '../../../src/store/segment-to-parquet.ts';
import { DAY, header, line, segment, tempDir } from '../journal-text.ts';

const NOON = Date.parse(`${DAY}T12:00:00.000Z`);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

interface Bench {
  readonly archive: string;
  readonly merger: Merger;
  readonly store: Store;
  /** Archives one segment of `count` messages as of `now`. */
  write(count: number, now: number): Promise<void>;
  /** Messages written so far. */
  end(): number;
}

async function open(options: MergerOptions = {}): Promise<Bench> {
  const dir = await tempDir();
  const archive = join(dir, 'archive');
  const writer = await createArchiveWriter(archive);
  const merger = await createMerger(archive, options);
  const store = await openStore(archive);
  onTestFinished(async () => {
    await Promise.all([writer.close(), merger.close(), store.close()]);
  });
  let offset = 0;
  return {
    archive,
    merger,
    store,
    end: () => offset,
    async write(count, now) {
      const at = new Date(now).toISOString();
      const lines = [header({ sender: 's', seq: offset, received: at })];
      for (let index = 0; index < count; index++) {
        const type = ['timer', 'counter', 'gauge'][(offset + index) % 3];
        lines.push(
          line({
            type,
            timestamp: at,
            payload: String(offset + index),
            metadata: { name: `n${(offset + index) % 7}` },
          }),
        );
      }
      const written = await writer.write(await segment(dir, offset, lines, at.slice(0, 10)));
      await utimes(written.path, now / 1000, now / 1000); // the age of a file is told by its clock, which is the test's here
      offset += count;
    },
  };
}

/** Every message is there once: as many as were written, no number twice, none missing. */
async function expectWhole({ store, end }: Bench): Promise<void> {
  const { rows } = await store.query(
    'SELECT count(*) AS n, count(DISTINCT seq) AS numbers, min(seq) AS first, max(seq) AS last FROM messages',
  );
  expect(rows).toEqual([{ n: end(), numbers: end(), first: 0, last: end() - 1 }]);
}

const names = async (archive: string): Promise<string[]> =>
  (await listArchive(archive)).map((file) => `${file.recent ? '_recent' : file.dt} ${file.first}-${file.last}`);

it('gives up at its end the merge that is under way, and the next merger does it', async () => {
  const bench = await open();
  for (let i = 0; i < 6; i++) await bench.write(16_000, NOON);
  const later = { before: bench.end(), now: NOON + 20 * MINUTE_MS };
  const running = bench.merger.run(later);
  const rejected = expect(running).rejects.toThrow(/interrupt/i);
  const staging = join(bench.archive, '_staging');
  await expect.poll(() => readdir(staging), { interval: 1 }).not.toEqual([]);
  await Promise.all([bench.merger.close(), bench.merger.close()]);
  await rejected;
  expect(await readdir(staging)).toEqual([]);
  await expectWhole(bench);
  const next = await createMerger(bench.archive);
  onTestFinished(() => next.close());
  expect(await next.run(later)).toMatchObject({ mergedCount: 6, writtenCount: 1 });
  await expectWhole(bench);
});

it('leaves fifteen small files alone and merges sixteen into one', async () => {
  const bench = await open();
  for (let index = 0; index < 15; index++) await bench.write(2, NOON);
  expect(await bench.merger.run({ before: bench.end(), now: NOON })).toEqual({
    mergedCount: 0,
    writtenCount: 0,
    removedCount: 0,
  });
  await bench.write(2, NOON);
  expect(await bench.merger.run({ before: bench.end(), now: NOON })).toEqual({
    mergedCount: 16,
    writtenCount: 1,
    removedCount: 0,
  });
  expect(await names(bench.archive)).toEqual(['_recent 0-31']);
  await expectWhole(bench);
});

it('touches only files that end before the given offset', async () => {
  const bench = await open();
  for (let index = 0; index < 20; index++) await bench.write(1, NOON);
  await bench.merger.run({ before: 17, now: NOON });
  expect((await names(bench.archive))[0]).toBe('_recent 0-16');
  await bench.merger.run({ before: 17, now: NOON + 20 * MINUTE_MS });
  expect(await names(bench.archive)).toEqual([`${DAY} 0-16`, '_recent 17-17', '_recent 18-18', '_recent 19-19']);
});

it('promotes after fifteen minutes, sorted by type, name and timestamp, in zstd', async () => {
  const bench = await open();
  await bench.write(5, NOON);
  await bench.write(5, NOON + 14 * MINUTE_MS);
  await bench.merger.run({ before: bench.end(), now: NOON + 14 * MINUTE_MS });
  expect(await names(bench.archive)).toEqual(['_recent 0-4', '_recent 5-9']);
  await bench.merger.run({ before: bench.end(), now: NOON + 15 * MINUTE_MS });
  expect(await names(bench.archive)).toEqual([`${DAY} 0-9`]);
  const { rows } = await bench.store.query('SELECT type, name, timestamp FROM messages');
  const keys = rows.map((row) => JSON.stringify([row['type'], row['name'], row['timestamp']]));
  expect(keys).toEqual([...keys].sort());
  const path = (await listArchive(bench.archive))[0]?.path ?? '';
  const codecs = await bench.store.select(`SELECT DISTINCT compression FROM parquet_metadata('${path}')`);
  expect(codecs.rows).toEqual([{ compression: 'ZSTD' }]);
});

it('promotes what has just been written where all is asked for, and keeps every day without an end to retention', async () => {
  const bench = await open({ retentionDays: Infinity });
  await bench.write(5, NOON - 400 * DAY_MS);
  await bench.write(5, NOON);
  await bench.write(5, NOON);
  expect(await bench.merger.run({ before: bench.end(), now: NOON, all: true })).toEqual({
    mergedCount: 3,
    writtenCount: 2,
    removedCount: 0,
  });
  expect((await listArchive(bench.archive)).map((file) => file.recent)).toEqual([false, false]);
  await expectWhole(bench);
});

it('counts the age of a merged file from its oldest message', async () => {
  const bench = await open();
  for (let index = 0; index < 16; index++) await bench.write(1, NOON + index * 1000);
  await bench.merger.run({ before: bench.end(), now: NOON + MINUTE_MS });
  expect(await names(bench.archive)).toEqual(['_recent 0-15']);
  await bench.merger.run({ before: bench.end(), now: NOON + 15 * MINUTE_MS });
  expect(await names(bench.archive)).toEqual([`${DAY} 0-15`]);
});

it('deletes superseded files a minute later, also after a restart', async () => {
  const bench = await open();
  for (let index = 0; index < 16; index++) await bench.write(1, NOON);
  await bench.merger.run({ before: bench.end(), now: NOON });
  await bench.merger.run({ before: bench.end(), now: NOON + MINUTE_MS - 1 });
  expect(await listAllFiles(bench.archive)).toHaveLength(17);
  await bench.merger.close();
  const next = await createMerger(bench.archive);
  onTestFinished(() => next.close());
  expect(await next.run({ before: bench.end(), now: NOON + MINUTE_MS })).toMatchObject({ removedCount: 16 });
  expect(await listAllFiles(bench.archive)).toHaveLength(1);
  await expectWhole(bench);
});

it('merges a day that is over into one file, and never across days or gaps', async () => {
  const bench = await open();
  for (let quarter = 0; quarter < 4; quarter++) {
    await bench.write(3, NOON + quarter * 15 * MINUTE_MS);
    await bench.merger.run({ before: bench.end(), now: NOON + (quarter + 1) * 15 * MINUTE_MS });
  }
  await bench.write(3, NOON + DAY_MS);
  expect(await names(bench.archive)).toHaveLength(5);
  await bench.merger.run({ before: bench.end(), now: NOON + DAY_MS });
  expect(await names(bench.archive)).toEqual([`${DAY} 0-11`, '_recent 12-14']);
  await bench.merger.run({ before: bench.end(), now: NOON + 3 * DAY_MS });
  expect(await names(bench.archive)).toEqual([`${DAY} 0-11`, '2026-11-23 12-14']);
  await expectWhole(bench);
});

it('does not merge over a gap, so that what is written into it later is not taken for superseded', async () => {
  const dir = await tempDir();
  const writer = await createArchiveWriter(dir);
  const merger = await createMerger(dir);
  const store = await openStore(dir);
  onTestFinished(async () => {
    await Promise.all([writer.close(), merger.close(), store.close()]);
  });
  await writer.write(await segment(dir, 0, [header(), line()]));
  await writer.write(await segment(dir, 2, [header(), line()]));
  await merger.run({ before: 3, now: Date.now() + 20 * MINUTE_MS });
  await writer.write(await segment(dir, 1, [header(), line()]));
  expect((await store.query('SELECT count(*) AS n FROM messages')).rows).toEqual([{ n: 3 }]);
});

it('keeps full files apart while they are recent and sorts them as one when they are promoted', async () => {
  const bench = await open();
  for (let index = 0; index < 3; index++) await bench.write(70_000, NOON);
  await bench.write(10, NOON);
  await bench.merger.run({ before: bench.end(), now: NOON });
  expect(await names(bench.archive)).toHaveLength(4);
  await bench.merger.run({ before: bench.end(), now: NOON + 15 * MINUTE_MS });
  expect(await names(bench.archive)).toEqual([`${DAY} 0-210009`]);
  await expectWhole(bench);
  const path = (await listArchive(bench.archive))[0]?.path ?? '';
  const keys = `SELECT (type, name) AS key, lag((type, name)) OVER (ORDER BY file_row_number) AS before
    FROM read_parquet('${path}', file_row_number = true)`;
  const { rows: runs } = await bench.store.select(`SELECT count(*)::INTEGER AS n FROM (${keys}) WHERE key < before`);
  expect(runs).toEqual([{ n: 0 }]);
  const { rows } = await bench.store.query("SELECT count(*) AS n, sum(value) AS total FROM gauges WHERE name = 'n3'");
  const values = Array.from({ length: bench.end() }, (_, index) => index).filter(
    (index) => index % 3 === 2 && index % 7 === 3,
  );
  expect(rows).toEqual([{ n: values.length, total: values.reduce((total, value) => total + value, 0) }]);
});

it('deletes days past their retention, with their folders', async () => {
  const bench = await open({ retentionDays: 2 });
  for (let day = 0; day < 4; day++) {
    await bench.write(1, NOON + day * DAY_MS);
    await bench.merger.run({ before: bench.end(), now: NOON + day * DAY_MS + 20 * MINUTE_MS });
  }
  expect(await names(bench.archive)).toEqual(['2026-11-23 1-1', '2026-11-24 2-2', '2026-11-25 3-3']);
  expect(existsSync(join(bench.archive, `dt=${DAY}`))).toBe(false);
  await bench.merger.run({ before: bench.end(), now: NOON + 30 * DAY_MS });
  expect(await names(bench.archive)).toEqual([]);
  expect((await bench.store.query('SELECT * FROM messages')).rows).toEqual([]);
});

it('removes at the start what a crash left in staging, and nothing of the writer’s', async () => {
  const bench = await open();
  const staging = join(bench.archive, '_staging');
  await writeFile(join(staging, 'merge-x.parquet'), 'half');
  await writeFile(join(staging, 'segment-x.parquet'), 'half');
  const next = await createMerger(bench.archive);
  onTestFinished(() => next.close());
  expect(await readdir(staging)).toEqual(['segment-x.parquet']);
});

it('leaves the archive as it is when a file cannot be merged', async () => {
  const bench = await open();
  for (let index = 0; index < 16; index++) await bench.write(1, NOON);
  const third = (await listArchive(bench.archive))[2]?.path ?? '';
  await writeFile(third, 'not Parquet');
  await expect(bench.merger.run({ before: bench.end(), now: NOON })).rejects.toThrow();
  expect(await listArchive(bench.archive)).toHaveLength(16);
  expect(await readdir(join(bench.archive, '_staging'))).toEqual([]);
});
