// node build/mapper.mjs < FILES: the map of a map-reduce job over the archive. Each line of its input names a Parquet file; for each of its messages `map` says what is counted.
// It is built into one file, with a reader of Parquet that has no native part, so that a node of a cluster needs Node and nothing else.
import { createInterface } from 'node:readline';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { openFile } from './open-file.mjs';

/** The columns that `map` looks at: no others are read. `metadata` is JSON text. */
const COLUMNS = ['type', 'metadata'];

/** What this job is about; any other is written here. It counts the messages of each day and type, and those of them that have a key in their metadata, by key. */
function map({ dt, type, metadata }, emit) {
  emit([dt, type], 1);
  for (const key of Object.keys(JSON.parse(metadata))) emit([dt, type, key], 1);
}

const sums = new Map();
/** Adds up what is the same, so that a file gives a few lines and not a few million. JSON has neither tabs nor line ends, whatever a type is called. */
function emit(key, count) {
  const text = JSON.stringify(key).replace(/[\u2028\u2029]/g, escaped);
  sums.set(text, (sums.get(text) ?? 0) + count);
}

/** As JSON may have them: since Node 24, `readline` takes them for the end of a line. */
const escaped = (separator) => `\\u${separator.charCodeAt(0).toString(16)}`;

for await (const line of createInterface({ input: process.stdin })) {
  const path = line.trim();
  if (path === '') continue;
  const dt = /\/dt=(\d{4}-\d{2}-\d{2})\//.exec(path)?.[1];
  const { file, metadata } = await openFile(path);
  let rowEnd = 0;
  // A row group at a time, which fits into memory, and of which each piece is so read once.
  for (const { num_rows: rowCount } of metadata.row_groups) {
    const rowStart = rowEnd;
    rowEnd += Number(rowCount);
    const rows = await parquetReadObjects({ file, metadata, compressors, columns: COLUMNS, rowStart, rowEnd });
    for (const row of rows) map({ ...row, dt }, emit);
  }
  process.stderr.write(`reporter:counter:metlog,messages,${rowEnd}\n`); // Hadoop shows it with the job
}
for (const [key, count] of sums) process.stdout.write(`${key}\t${count}\n`);
