import { connectDuckdb, countRowsOfEach } from '../../duckdb.ts';
import type { ArchiveFile } from '../../layout.ts';
import { rowCount } from '../../merge/merge-plan.ts';

/** What waits to be copied. */
export interface WaitingSum {
  readonly files: number;
  readonly bytes: number;
  /** By the files' footers; of one that cannot be read, as many as its name allows for. */
  readonly messages: number;
}

export interface WaitingFile {
  readonly dt: string;
  readonly bytes: number;
  /** As in the sum. */
  readonly messages: number;
}

/** The files that wait, for the books. */
export interface WaitingFiles {
  /**
   * Has these be the files that wait. Their footers are read once: a file that has left `_recent` never changes. Resolves to those that waited until now and do not any more.
   * Not called again until it settles.
   */
  set(files: readonly ArchiveFile[], signal: AbortSignal): Promise<readonly WaitingFile[]>;
  /** It does not wait any more, if it still did. */
  drop(path: string): void;
  sum(): WaitingSum;
}

/** Footers that are read in one query: some milliseconds, after each of which it can be stopped. */
const FOOTERS_AT_ONCE = 100;

export function createWaitingFiles(): WaitingFiles {
  let waiting = new Map<string, WaitingFile>();

  return {
    async set(files, signal) {
      const unread = files.filter(({ path }) => !waiting.has(path));
      const read = unread.length === 0 ? new Map<string, number>() : await readRows(unread, signal);
      const before = waiting;
      waiting = new Map(
        files.map((file) => {
          const messages = read.get(file.path) ?? before.get(file.path)?.messages ?? rowCount(file);
          return [file.path, { dt: file.dt, bytes: file.bytes, messages }];
        }),
      );
      return [...before].flatMap(([path, file]) => (waiting.has(path) ? [] : [file]));
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
