import { existsSync } from 'node:fs';
import { readdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { connectDuckdb, sqlText } from '../../src/store/duckdb.ts';
import { hoursPath, hoursSql } from '../../src/store/hours.ts';
import { listArchive } from '../../src/store/layout.ts';
import { createMerger, type Merger } from '../../src/store/merge/merge.ts';
import { openStore, type Store } from '../../src/store/query.ts';
import { createArchiveWriter } from '../../src/store/segment-to-parquet.ts';
import { DAY, header, line, segment, tempDir } from './journal-text.ts';

const NOON = Date.parse(`${DAY}T12:00:00.000Z`);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** What the messages below come to. */
const HOURS = [
  { hour: `${DAY}T10:00:00.000Z`, type: 'counter', name: 'hits', logger: 'shop', severity: 6, fingerprint: null, error_type: null, release: null, messages: 2, estimated: 3, value_sum: 5, estimated_sum: 8, value_min: 2, value_max: 3, first_received: `${DAY}T10:01:00.000Z`, last_received: `${DAY}T10:59:59.000Z` },
  { hour: `${DAY}T11:00:00.000Z`, type: 'counter', name: 'hits', logger: 'shop', severity: 6, fingerprint: null, error_type: null, release: null, messages: 1, estimated: 1, value_sum: 7, estimated_sum: 7, value_min: 7, value_max: 7, first_received: `${DAY}T11:00:00.000Z`, last_received: `${DAY}T11:00:00.000Z` },
  { hour: `${DAY}T11:00:00.000Z`, type: 'exception', name: null, logger: 'shop', severity: 3, fingerprint: 'f', error_type: 'TypeError', release: '2.1', messages: 1, estimated: 1, value_sum: null, estimated_sum: null, value_min: null, value_max: null, first_received: `${DAY}T11:00:00.000Z`, last_received: `${DAY}T11:00:00.000Z` },
]; // prettier-ignore

interface Bench {
  readonly archive: string;
  readonly merger: Merger;
  readonly store: Store;
  /** All of `hours`. */
  hours(): Promise<unknown>;
}

/** An archive of two segments, one for each hour. */
async function open(): Promise<Bench> {
  const dir = await tempDir();
  const archive = join(dir, 'archive');
  const writer = await createArchiveWriter(archive);
  const merger = await createMerger(archive);
  const store = await openStore(archive);
  onTestFinished(() => Promise.all([writer.close(), merger.close(), store.close()]).then(() => undefined));
  const segments = [
    [
      header({ received: `${DAY}T10:01:00.000Z` }),
      line({ payload: '2', metadata: { name: 'hits', rate: 1 } }),
      header({ received: `${DAY}T10:59:59.000Z` }),
      line({ payload: '3', metadata: { name: 'hits', rate: 0.5, release: '2.1' } }),
    ],
    [
      header({ received: `${DAY}T11:00:00.000Z` }),
      line({ payload: '7', metadata: { name: 'hits', rate: 0 } }),
      line({
        type: 'exception',
        severity: 3,
        payload: 'at x',
        metadata: { release: '2.1', exception: { type: 'TypeError', fingerprint: 'f' } },
      }),
    ],
  ];
  for (const [index, lines] of segments.entries()) {
    const written = await writer.write(await segment(dir, index * 2, lines));
    await utimes(written.path, NOON / 1000, NOON / 1000); // the age of a file is told by its clock, which is the test's here
  }
  return {
    archive,
    merger,
    store,
    hours: async () => (await store.select('SELECT * FROM hours ORDER BY hour, type')).rows,
  };
}

it('says what each hour held, the same from recent files, from merged ones, and from those that were merged before there were hours', async () => {
  const { archive, merger, hours } = await open();
  expect(await hours()).toEqual(HOURS);
  await merger.run({ before: 4, now: NOON + 20 * MINUTE_MS });
  const [file] = await listArchive(archive);
  if (file === undefined) throw new Error('nothing was merged');
  expect(existsSync(hoursPath(archive, file))).toBe(true);
  expect(await hours()).toEqual(HOURS);
  await rm(hoursPath(archive, file));
  expect(await hours()).toEqual(HOURS);
  await merger.run({ before: 4, now: NOON + 21 * MINUTE_MS });
  expect(existsSync(hoursPath(archive, file))).toBe(true);
});

it('reads the hours that are kept in place of the messages', async () => {
  const { archive, merger, store, hours } = await open();
  await merger.run({ before: 4, now: NOON + 20 * MINUTE_MS });
  await store.select('SELECT 1 FROM hours');
  const [file] = await listArchive(archive);
  if (file === undefined) throw new Error('nothing was merged');
  const { connection, close } = await connectDuckdb({ purpose: 'a test', memoryLimitMiB: 64, threads: 1 });
  onTestFinished(close);
  const marked = `SELECT * REPLACE ('kept' AS logger) FROM (${hoursSql(`read_parquet(${sqlText(file.path)})`)})`;
  await connection.run(`COPY (${marked}) TO ${sqlText(hoursPath(archive, file))} (FORMAT parquet)`);
  expect(await hours()).toEqual(HOURS.map((row) => ({ ...row, logger: 'kept' })));
});

it('keeps no hours of files that are gone', async () => {
  const { archive, merger, hours } = await open();
  await merger.run({ before: 4, now: NOON + 20 * MINUTE_MS });
  expect(await readdir(join(archive, '_hours'))).toEqual([`dt=${DAY}`]);
  await merger.run({ before: 4, now: NOON + 40 * DAY_MS }); // past their retention
  expect(await readdir(join(archive, '_hours'))).toEqual([]);
  expect(await hours()).toEqual([]);
});

it('has hours, and the archive as it is, for SQL of its own alone', async () => {
  const { store } = await open();
  const { rows } = await store.select("SELECT metadata FROM archived WHERE type = 'exception'");
  expect(rows).toEqual([{ metadata: '{"release":"2.1","exception":{"type":"TypeError","fingerprint":"f"}}' }]);
  await expect(store.query('SELECT * FROM hours')).rejects.toMatchObject({ code: 'refused' });
  await expect(store.query('SELECT * FROM archived')).rejects.toMatchObject({ code: 'refused' });
});
