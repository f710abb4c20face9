import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { report, task } from './lib/processes.mjs';
import { lookupsSql, MACROS_SQL, rowsSql } from './report-rows.mjs';

// Makes the archive that the report is measured on. The files are those that a router leaves after a quarter of an hour each, and after a second each
// since the last one; what becomes of them then is the merger's own work.

const QUARTER_US = 15 * 60 * 1_000_000;
const SECOND_US = 1_000_000;
const DAY_US = 86_400 * SECOND_US;
/** Since the last files were moved out of `_recent`. */
const RECENT_US = 10 * 60 * SECOND_US;
/** As the archive's writer does. */
const WRITTEN = 'FORMAT parquet, COMPRESSION snappy';
const OFFSET_DIGITS = 16;

const { store, dir, messages, days, nowMs } = task();
const { createMerger, listArchive, archiveEnd, SORTED_BY, SORTED_FORMAT, SORTED_SETTINGS } = await import(store);
const archive = join(dir, 'archive');
await rm(dir, { recursive: true, force: true });
const startedMs = performance.now();

const endUs = nowMs * 1_000;
const slots = slotsOf();
const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '4GiB' });
const connection = await instance.connect();
await connection.run(SORTED_SETTINGS);
for (const sql of [...MACROS_SQL, ...lookupsSql()]) await connection.run(sql);
await connection.run(
  'CREATE TABLE slots (slot INT, dt VARCHAR, first BIGINT, count INT, from_us BIGINT, length_us BIGINT)',
);
await connection.run(
  `INSERT INTO slots VALUES ${slots.map(({ slot, dt, first, count, fromUs, lengthUs }) => `(${slot}, '${dt}', ${first}, ${count}, ${fromUs}, ${lengthUs})`).join(', ')}`,
);
for (const dt of new Set(slots.map((slot) => slot.dt))) {
  await connection.run(`CREATE OR REPLACE TABLE rows AS ${rowsSql(dt, endUs)}`);
  for (const { slot, first, count, fromUs, lengthUs, recent } of slots.filter((slot) => slot.dt === dt)) {
    const folder = join(archive, ...(recent ? ['_recent'] : []), `dt=${dt}`);
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${padded(first)}-${padded(first + count - 1)}.parquet`);
    const order = recent ? 'ORDER BY received' : SORTED_BY;
    await connection.run(
      `COPY (SELECT * EXCLUDE slot FROM rows WHERE slot = ${slot} ${order}) TO '${path}' (${recent ? WRITTEN : SORTED_FORMAT})`,
    );
    const closed = (fromUs + lengthUs) / 1e6;
    await utimes(path, closed, closed);
  }
}
connection.disconnectSync();
instance.closeSync();
const rowsSeconds = (performance.now() - startedMs) / 1_000;

const merger = await createMerger(archive);
const before = archiveEnd(await listArchive(archive));
await merger.run({ before, now: nowMs });
await merger.run({ before, now: nowMs + 120_000 }); // deletes what the first has superseded
await merger.close();
const files = await listArchive(archive);
const made = {
  messages: before,
  nowMs,
  files: files.length,
  bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  rowsSeconds,
  seconds: (performance.now() - startedMs) / 1_000,
};
await writeFile(join(dir, 'made.json'), JSON.stringify(made));
await report(made);

/** Quarters of an hour counted back from the last ten minutes, split at midnight, and the seconds of these minutes; each with its share of the messages. */
function slotsOf() {
  const startUs = endUs - days * DAY_US;
  const recentUs = endUs - RECENT_US;
  const edges = new Set([startUs]);
  for (let at = recentUs; at > startUs; at -= QUARTER_US) edges.add(at);
  for (let at = Math.ceil(startUs / DAY_US) * DAY_US; at < endUs; at += DAY_US) edges.add(at);
  for (let at = recentUs; at <= endUs; at += SECOND_US) edges.add(at);
  const sorted = [...edges].sort((a, b) => a - b);
  const total = said(endUs) - said(startUs);
  let first = 0;
  return sorted.slice(0, -1).flatMap((fromUs, slot) => {
    const toUs = sorted[slot + 1];
    const end = Math.round((messages * (said(toUs) - said(startUs))) / total);
    const count = end - first;
    if (count === 0) return [];
    const made = {
      slot,
      dt: new Date(fromUs / 1_000).toISOString().slice(0, 10),
      first,
      count,
      fromUs,
      lengthUs: toUs - fromUs,
      recent: fromUs >= recentUs,
    };
    first = end;
    return [made];
  });
}

/** How much was said up to then: most in the afternoon, a quarter of it at night. */
function said(atUs) {
  const hours = atUs / SECOND_US / 3_600;
  return hours - ((0.6 * 24) / (2 * Math.PI)) * Math.cos(((hours - 9) / 24) * 2 * Math.PI);
}

function padded(offset) {
  return String(offset).padStart(OFFSET_DIGITS, '0');
}
