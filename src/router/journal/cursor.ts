import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isRecord } from '../../core/json.ts';
import { codeOf } from '../errors.ts';

/** Where a consumer of the journal stands. */
export interface Cursor {
  /** Offset of the first message that it has not passed. */
  readonly offset: number;
  /** Whether nobody has moved it yet. */
  readonly isNew: boolean;
  /** Moves it; resolves once that is on disk. */
  move(offset: number): Promise<void>;
  /** Deletes it; not moved any more. */
  remove(): Promise<void>;
}

/** Ends the name of what a crash may leave of a move. No sink's name has it. */
export const UNFINISHED = '~';

/** Opens the cursor that is kept in the file `path`; one that does not exist stands at 0. Rejects if the file holds something else. */
export async function openCursor(path: string): Promise<Cursor> {
  await mkdir(dirname(path), { recursive: true });
  const found = await readOffset(path);
  let offset = found ?? 0;
  let isNew = found === undefined;
  return {
    get offset() {
      return offset;
    },
    get isNew() {
      return isNew;
    },
    async move(to) {
      // Written beside it and renamed, so that a crash leaves the old one or the new one, never half of either.
      const handle = await open(path + UNFINISHED, 'w');
      try {
        await handle.writeFile(`${JSON.stringify({ offset: to })}\n`);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await rename(path + UNFINISHED, path);
      offset = to;
      isNew = false;
    },
    remove: () => rm(path, { force: true }),
  };
}

async function readOffset(path: string): Promise<number | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const offset = parseOffset(text);
  if (offset === undefined) {
    throw new Error(
      `${path} is no cursor: write {"offset":<first message to read>} into it, or delete it to have its reader begin anew`,
    );
  }
  return offset;
}

function parseOffset(text: string): number | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // someone else wrote it
  }
  const offset = isRecord(value) ? value['offset'] : undefined;
  return typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0 ? offset : undefined;
}
