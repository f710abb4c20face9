import type { DuckDBConnection } from '@duckdb/node-api';
import { hoursPath, listHours } from './hours.ts';
import { listArchive } from './layout.ts';
import type { ArchiveFile } from './layout.ts';
import { fileViewsSql } from './views.ts';

/**
 * The function that brings the views up to date with the archive in `root`. Whoever calls it gets a listing that began after the call; callers that
 * wait for the same one share it. Rejects if the archive cannot be listed.
 */
export function createViewRefresh(connection: DuckDBConnection, root: string): () => Promise<void> {
  let viewed = '';
  let refreshing: Promise<void> = Promise.resolve();
  let nextRefresh: Promise<void> | undefined;

  async function refreshNow(): Promise<void> {
    nextRefresh = undefined;
    const files = await listArchive(root);
    const there = await listHours(root);
    const hoursOf = (file: ArchiveFile): string | undefined => {
      const path = hoursPath(root, file);
      return !file.recent && there.has(path) ? path : undefined;
    };
    const key = files.map((file) => `${file.path} ${hoursOf(file) === undefined ? '' : 'counted'}`).join('\n');
    if (key === viewed) return;
    // No transaction, which a failure would leave open; each view is whole by itself.
    for (const sql of fileViewsSql(files, hoursOf)) await connection.run(sql);
    viewed = key;
  }

  return () => {
    // A failure was told to its own callers.
    nextRefresh ??= refreshing.catch(() => undefined).then(refreshNow);
    refreshing = nextRefresh;
    return nextRefresh;
  };
}
