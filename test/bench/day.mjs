import { short, spread, withNoise } from './lib/numbers.mjs';
import { runChild } from './lib/processes.mjs';
import { buildStore } from './lib/store.mjs';
import { table } from './lib/table.mjs';

/** A segment of the router is a second; ten of them in one keep the day to a few minutes. */
const SEGMENT_SECONDS = 10;

/** A day of 300 loggers and five types in the archive: how many files, and how long a count over them takes. */
export async function measureDay({ segmentSeconds = SEGMENT_SECONDS, daySeconds }) {
  return {
    segmentSeconds,
    ...(await runChild('day-child.mjs', { store: await buildStore(), segmentSeconds, daySeconds })),
  };
}

export function renderDay({
  segmentSeconds,
  messages,
  segments,
  mostFiles,
  wholeSeconds,
  mergeSeconds,
  closingSeconds,
  atEnd,
  closed,
}) {
  const row = (label, { files, filesOnDisk, bytes, firstMs, laterMs }) => [
    label,
    files,
    filesOnDisk,
    short(bytes / 2 ** 20),
    short(firstMs),
    withNoise(spread(laterMs)),
  ];
  return [
    `A day of 300 loggers × 5 types, compressed in time: ${messages.toLocaleString('en-US')} messages in ${segments.toLocaleString('en-US')} segments of ${segmentSeconds} s, written and merged by the store itself with a clock moved by hand (merging every 10 s of that day); it took ${short(wholeSeconds)} s, ${short(mergeSeconds)} s of them merging, and ${short(closingSeconds)} s to close the day. Never more than ${mostFiles} files to read.`,
    table(
      ['', 'files to read', 'on disk', 'MiB', '`count(*)`, first, ms', 'later, ms'],
      [row('at the end of the day', atEnd), row('after the closing merge', closed)],
    ),
    atEnd.rows === messages && closed.rows === messages
      ? '- Every row is there once, before and after.'
      : `- **Wrong**: ${atEnd.rows} rows before the closing merge and ${closed.rows} after it, of ${messages}.`,
  ].join('\n\n');
}
