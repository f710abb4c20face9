import type { DuckDBConnection } from '@duckdb/node-api';
import { hoursPath, listHours } from './hours.ts';
import type { ArchiveFile } from './layout.ts';
import { registeredTypes, type RegisteredType, type TypeListing } from './types/registered-types.ts';
import { EMPTY_BOOK } from './types/type-book.ts';
import { sqlName, typeViewSql } from './types/type-view-sql.ts';
import { loadTypes, typesVersion } from './types/types-file.ts';
import { fileViewsSql } from './views.ts';

/** The views of a store that change while it is open: `messages`, and those of registered types. */
export interface Views {
  /**
   * Brings them up to date with the archive. Whoever calls it gets a listing that began after the call; callers that wait for the same one share it.
   * Rejects if the archive cannot be listed.
   */
  refresh(): Promise<void>;
  /** The types that have a view since the last refresh. */
  types(): TypeListing;
}

/** Keeps the views over the files of the archive in `root` that `list` lists, by `connection`. */
export function createViews(
  connection: DuckDBConnection,
  root: string,
  list: () => Promise<readonly ArchiveFile[]>,
): Views {
  let viewed = '';
  let version = '';
  let listing: TypeListing = { types: [], refused: [] };
  /** The statement that made each view. */
  const made = new Map<string, string>();
  let refreshing: Promise<void> = Promise.resolve();
  let nextRefresh: Promise<void> | undefined;

  async function refreshNow(): Promise<void> {
    nextRefresh = undefined;
    // Those of types first: to make one over the first `messages`, which has no files yet, reads none.
    await refreshTypes();
    await refreshMessages();
  }

  async function refreshMessages(): Promise<void> {
    const files = await list();
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

  async function refreshTypes(): Promise<void> {
    const found = await typesVersion(root); // before the file is read: a newer one is then read once more
    if (found === version) return;
    const book = (await loadTypes(root)) ?? EMPTY_BOOK;
    const types = registeredTypes(book);
    const viewable: RegisteredType[] = [];
    for (const type of types) if (await makeView(type)) viewable.push(type);
    // Not to be selected from any more, and only then gone.
    listing = { types: viewable, refused: [...book.refused].map(([type, refused]) => ({ type, ...refused })) };
    const kept = new Set(viewable.map(({ view }) => view));
    for (const view of made.keys()) {
      if (kept.has(view)) continue;
      await connection.run(`DROP VIEW IF EXISTS ${sqlName(view)}`);
      made.delete(view);
    }
    version = found;
  }

  /** False: DuckDB cannot make it, which is no reason to go without all others. */
  async function makeView(type: RegisteredType): Promise<boolean> {
    const sql = typeViewSql(type);
    if (made.get(type.view) === sql) return true;
    try {
      await connection.run(sql);
    } catch {
      return false;
    }
    made.set(type.view, sql);
    return true;
  }

  return {
    refresh() {
      // A failure was told to its own callers.
      nextRefresh ??= refreshing.catch(() => undefined).then(refreshNow);
      refreshing = nextRefresh;
      return nextRefresh;
    },
    types: () => listing,
  };
}
