import type { QueryOptions, Store } from './query.ts';

/** The rows of a statement of our own. Its columns, one by one, are `Row`; DuckDB has no way to tell the compiler. Rejects with QueryError. */
export async function selectRows<Row>(
  store: Pick<Store, 'select'>,
  sql: string,
  parameters: readonly (string | number | boolean | null)[],
  options?: QueryOptions,
): Promise<readonly Row[]> {
  return (await store.select(sql, parameters, options)).rows as readonly unknown[] as readonly Row[];
}
