import { connectDuckdb, countRowsOfEach } from '../../duckdb.ts';
import type { ArchiveFile } from '../../layout.ts';
import { rowCount } from '../../merge-plan.ts';

/** What waits to be copied. */
export interface WaitingSum {
  readonly files: number;
  readonly bytes: number;
  /** By the files' footers; of one that cannot be read, as many as its name allows for. */
  readonly messages: number;
}

/** The files that wait, for the books. */
export interface WaitingFiles {
  /** Has these be the files that wait. Their footers are read once: a file that has left `_recent` never changes. Not called again until it settles. */
  set(files: readonly ArchiveFile[], signal: AbortSignal): Promise<void>;
  /** It does not wait any more, if it still did. */
  drop(path: string): void;
  sum(): WaitingSum;
}

/** Footers that are read in one query: some milliseconds, after each of which it can be stopped. */
const FOOTERS_AT_ONCE = 100;

export function createWaitingFiles(): WaitingFiles {
  let waiting = new Map<string, { readonly bytes: number; readonly messages: number }>();

  return {
    async set(files, signal) {
      const unread = files.filter(({ path }) => !waiting.has(path));
      const read = unread.length === 0 ? new Map<string, number>() : await readRows(unread, signal);
      waiting = new Map(
        files.map((file) => {
          const messages = read.get(file.path) ?? waiting.get(file.path)?.messages ?? rowCount(file);
          return [file.path, { bytes: file.bytes, messages }];
        }),
      );
    },
    drop: (path) => void waiting.delete(path),
    sum() {
      const all = [...waiting.values()];
      return {
        files: all.length,
        bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
        messages: all.reduce((sum, { messages }) => sum + messages, 0),
      };
    },
  };
}

/** The rows of those that can be read, by path. */
async function readRows(files: readonly ArchiveFile[], signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const paths = files.map(({ path }) => path);
  const rows = new Map<string, number>();
  const { connection, close } = await connectDuckdb({
    purpose: 'counting what is to be copied',
    memoryLimitMiB: 32,
    threads: 1,
  });
  const take = async (some: readonly string[]): Promise<void> => {
    for (const [path, count] of await countRowsOfEach(connection, some)) rows.set(path, count);
  };
  try {
    for (let at = 0; at < paths.length; at += FOOTERS_AT_ONCE) {
      signal.throwIfAborted();
      const some = paths.slice(at, at + FOOTERS_AT_ONCE);
      await take(some).catch(async () => {
        // One of them is damaged, or has just been deleted; and is not read.
        for (const path of some) await take([path]).catch(() => undefined);
      });
    }
  } finally {
    close();
  }
  return rows;
}
