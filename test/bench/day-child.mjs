import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { report, task } from './lib/processes.mjs';

// A day of the archive in a few minutes: the store's own writer, merger and reader, and a clock that is moved by hand.

const DAY_SECONDS = 86_400;
const LOGGERS = 300;
const TYPES = ['counter', 'timer', 'gauge', 'log', 'order.placed'];
const MERGE_EVERY_SECONDS = 10;
const COUNTS = 11;

const { store, segmentSeconds, daySeconds = DAY_SECONDS } = task();
const { createArchiveWriter, createMerger, openStore, listArchive, listAllFiles } = await import(store);

const dayStartMs = Date.UTC(2026, 0, 1);
const dir = await mkdtemp(join(tmpdir(), 'metlog-bench-'));
const archiveDir = join(dir, 'archive');
await mkdir(archiveDir);

/** One segment: each logger says something of each type. */
function segmentText(index, atMs) {
  const timestamp = new Date(atMs).toISOString();
  let text = '';
  for (let logger = 0; logger < LOGGERS; logger++) {
    const header = {
      metlog: 1,
      logger: `service-${logger}`,
      hostname: `host-${logger % 40}`,
      pid: 1_000 + logger,
      sender: `sender-${logger}`,
      seq: index * TYPES.length,
      sent: timestamp,
      received: timestamp,
    };
    text += `${JSON.stringify(header)}\n`;
    for (const type of TYPES) {
      const metadata =
        type === 'log' || type === 'order.placed' ? { step: index % 7 } : { name: `step${index % 50}.done`, rate: 1 };
      text += `${JSON.stringify({ type, timestamp, severity: 6, payload: type === 'log' ? 'it went on' : String(index % 97), metadata })}\n`;
    }
  }
  return text;
}

const count = LOGGERS * TYPES.length;
const segments = daySeconds / segmentSeconds;
const writer = await createArchiveWriter(archiveDir);
const merger = await createMerger(archiveDir);
let mostFiles = 0;
let mergeSeconds = 0;
const startedMs = performance.now();
for (let index = 0; index < segments; index++) {
  const closedMs = dayStartMs + (index + 1) * segmentSeconds * 1_000 - 1;
  const path = join(dir, 'segment.ndjson');
  await writeFile(path, segmentText(index, closedMs));
  const file = await writer.write({ path, first: index * count, count, dt: '2026-01-01' });
  await utimes(file.path, closedMs / 1_000, closedMs / 1_000); // the file is as old as its time of that day
  if (((index + 1) * segmentSeconds) % MERGE_EVERY_SECONDS === 0) {
    const mergeMs = performance.now();
    await merger.run({ before: (index + 1) * count, now: closedMs });
    mergeSeconds += (performance.now() - mergeMs) / 1_000;
  }
  if (index % 17 === 0) mostFiles = Math.max(mostFiles, (await listArchive(archiveDir)).length);
}
const wholeSeconds = (performance.now() - startedMs) / 1_000;
const atEnd = await describe();
const endMs = dayStartMs + DAY_SECONDS * 1_000;
const before = segments * count;
const closingMs = performance.now();
// The first run promotes what is left, a later one deletes what was superseded.
for (const minutes of [20, 25]) await merger.run({ before, now: endMs + minutes * 60_000 });
const closingSeconds = (performance.now() - closingMs) / 1_000;
const closed = await describe();
await writer.close();
await merger.close();
await rm(dir, { recursive: true, force: true });
await report({ messages: before, segments, mostFiles, wholeSeconds, mergeSeconds, closingSeconds, atEnd, closed });

/** What a reader finds now, and how long it takes to count it: at the first time, and in the median of more. */
async function describe() {
  const files = await listArchive(archiveDir);
  const reader = await openStore(archiveDir);
  const times = [];
  let rows;
  for (let i = 0; i < COUNTS; i++) {
    const beganMs = performance.now();
    const result = await reader.query('select count(*)::double as rows from messages');
    times.push(performance.now() - beganMs);
    rows = result.rows[0].rows;
  }
  await reader.close();
  const [firstMs, ...laterMs] = times;
  return {
    rows,
    files: files.length,
    filesOnDisk: (await listAllFiles(archiveDir)).length,
    folders: (await readdir(archiveDir)).length,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    firstMs,
    laterMs,
  };
}
