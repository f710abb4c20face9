import { readFile } from 'node:fs/promises';
import { columnsOfSchema } from '../../core/columns-of-schema.ts';
import { isRecord, parseJson } from '../../core/json.ts';
import { isName } from '../../core/name.ts';
import { SCHEMA_TYPE } from '../../core/registered-type.ts';
import { timestampMs } from '../../core/timestamp.ts';
import type { Announcement } from './type-book.ts';

/** How a canonical line of such a message begins. Texts in a line have no newline, so that nothing else looks like it. */
const START = Buffer.from(`\n{"type":"${SCHEMA_TYPE}",`);
const NEWLINE = 0x0a;
/** Taken of one segment: each costs some microseconds. Senders repeat theirs. */
const MAX_ANNOUNCEMENTS = 5_000;

/** What a closed segment of the journal announces, in its order. Looking costs about 0.15 µs a message. */
export async function readAnnouncements(path: string): Promise<readonly Announcement[]> {
  const bytes = await readFile(path);
  const found: Announcement[] = [];
  for (
    let at = bytes.indexOf(START);
    at !== -1 && found.length < MAX_ANNOUNCEMENTS;
    at = bytes.indexOf(START, at + 1)
  ) {
    const end = bytes.indexOf(NEWLINE, at + 1);
    const announcement = parse(bytes.toString('utf8', at + 1, end === -1 ? bytes.length : end));
    if (announcement !== undefined) found.push(announcement);
  }
  return found;
}

/** What the line announces; undefined where it names no type. Its metadata come from outside. */
function parse(line: string): Announcement | undefined {
  const message = parseJson(line);
  if (!isRecord(message) || typeof message['timestamp'] !== 'string' || !isRecord(message['metadata']))
    return undefined;
  const { type, schema } = message['metadata'];
  if (!isName(type)) return undefined;
  return { type, columns: columnsOfSchema(schema)?.columns, atMs: timestampMs(message['timestamp']) };
}
