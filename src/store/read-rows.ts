import type { DuckDBResult, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type { JsonValue } from '../core/json.ts';

export interface ResultRows {
  /** In the order of the statement; names made unique. `type` is DuckDB's. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly Readonly<Record<string, JsonValue>>[];
  /** True if there were more rows than were asked for, or than fit. */
  readonly truncated: boolean;
}

/** Text in a result. Past it the rest is left out, so that ten thousand rows of a MiB each do not end the process. */
const MAX_RESULT_LENGTH = 32 * 1024 * 1024;

/** Reads a result, of which no more is made than what is read. Rejects as DuckDB does. */
export async function readRows(
  result: DuckDBResult,
  toJson: (value: DuckDBValue, type?: DuckDBType) => JsonValue,
  maxRows: number,
): Promise<ResultRows> {
  const names = result.deduplicatedColumnNames();
  const types = result.columnTypes();
  const columns = names.map((name, index) => ({ name, type: types[index]?.alias ?? String(types[index]) }));
  const rows: Record<string, JsonValue>[] = [];
  let length = 0;
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (let row = 0; row < chunk.rowCount; row++) {
      if (rows.length >= maxRows || length > MAX_RESULT_LENGTH) return { columns, rows, truncated: true };
      const entries: [string, JsonValue][] = [];
      for (const [column, value] of chunk.getRowValues(row).entries()) {
        if (typeof value === 'string') length += value.length;
        entries.push([names[column] ?? '', toJson(value, types[column])]);
      }
      rows.push(Object.fromEntries(entries)); // defines `__proto__` as a column like any other
    }
  }
  return { columns, rows, truncated: false };
}
