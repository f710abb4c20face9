import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openCursor, UNFINISHED, type Cursor } from '../journal/cursor.ts';

/** How far each sink is, kept in a folder of small files. */
export interface SinkCursors {
  /** Those of sinks that are configured, by name. */
  readonly cursors: ReadonlyMap<string, Cursor>;
  /** Those of sinks that are not configured any more. */
  readonly orphans: ReadonlyMap<string, Cursor>;
}

const PREFIX = 'sink-';

/** Opens the cursor of a sink. Its name may hold anything. */
export const openSinkCursor = (dir: string, name: string): Promise<Cursor> =>
  openCursor(join(dir, PREFIX + encodeURIComponent(name)));

/** Opens the cursors of these sinks, and those of others that lie there. */
export async function openSinkCursors(dir: string, names: readonly string[]): Promise<SinkCursors> {
  await mkdir(dir, { recursive: true });
  const found = (await readdir(dir))
    .filter((file) => file.startsWith(PREFIX) && !file.endsWith(UNFINISHED))
    .map((file) => decodeURIComponent(file.slice(PREFIX.length)));
  const openAll = async (wanted: readonly string[]): Promise<ReadonlyMap<string, Cursor>> =>
    new Map(await Promise.all(wanted.map(async (name) => [name, await openSinkCursor(dir, name)] as const)));
  return { cursors: await openAll(names), orphans: await openAll(found.filter((name) => !names.includes(name))) };
}
