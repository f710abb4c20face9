import { selectRows } from './select-rows.ts';
import type { Store } from './query.ts';
import { VIEW_NAMES } from './views.ts';

/** A view that a query may select from. */
export interface StoreView {
  readonly name: string;
  /** In the order of `select *`; `type` is DuckDB's. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** Every view with its columns, by name; not those that are the store's own. Rejects with QueryError. */
export async function listViews(store: Pick<Store, 'select' | 'types'>): Promise<readonly StoreView[]> {
  const { types } = await store.types();
  const open = new Set<string>([...VIEW_NAMES, ...types.map(({ view }) => view)]);
  const rows = await selectRows<{ view: string; name: string; type: string }>(
    store,
    `SELECT table_name AS view, column_name AS name, data_type AS type
     FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal ORDER BY table_name, column_index`,
    [],
  );
  const views = new Map<string, { name: string; type: string }[]>();
  for (const { view, name, type } of rows) {
    if (!open.has(view)) continue;
    const columns = views.get(view);
    if (columns === undefined) views.set(view, [{ name, type }]);
    else columns.push({ name, type });
  }
  return [...views].map(([name, columns]) => ({ name, columns }));
}
