import type { DuckDBConnection } from '@duckdb/node-api';
import { listArchive } from './layout.ts';
import { messagesViewSql } from './views.ts';

/**
 * The function that brings the view `messages` up to date with the archive in `root`. Whoever calls it gets a listing that began after the call; callers that
 * wait for the same one share it. Rejects if the archive cannot be listed.
 */
export function createViewRefresh(connection: DuckDBConnection, root: string): () => Promise<void> {
  let viewed = '';
  let refreshing: Promise<void> = Promise.resolve();
  let nextRefresh: Promise<void> | undefined;

  async function refreshNow(): Promise<void> {
    nextRefresh = undefined;
    const files = await listArchive(root);
    const key = files.map(({ path }) => path).join('\n');
    if (key === viewed) return;
    await connection.run(messagesViewSql(files));
    viewed = key;
  }

  return () => {
    // A failure was told to its own callers.
    nextRefresh ??= refreshing.catch(() => undefined).then(refreshNow);
    refreshing = nextRefresh;
    return nextRefresh;
  };
}
