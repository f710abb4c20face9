import type { Line } from './line.ts';

/** What a live list shows: a message, or how many were left out between two. */
export type Row =
  | { readonly kind: 'line'; readonly line: Line }
  | { readonly kind: 'gap'; readonly key: string; readonly skipped: number };

/** Rows that stay on the page. */
export const MAX_ROWS = 500;

/** New rows, the latest last, on top of the others. What came both ways is shown once. */
export function withNewer(rows: readonly Row[], newer: readonly Row[]): readonly Row[] {
  const known = keysOf(rows);
  return [...newer.filter((row) => row.kind === 'gap' || !known.has(row.line.key)).reverse(), ...rows].slice(
    0,
    MAX_ROWS,
  );
}

/** Lines of the archive, each where it belongs by when it was received. A line that is there already gets its path. */
export function withArchived(rows: readonly Row[], archived: readonly Line[]): readonly Row[] {
  const byKey = new Map(archived.map((line) => [line.key, line]));
  const result = rows.map((row) => {
    const found = row.kind === 'line' && row.line.path === null ? byKey.get(row.line.key) : undefined;
    return found === undefined ? row : { kind: 'line' as const, line: found };
  });
  const known = keysOf(result);
  for (const line of archived) {
    if (known.has(line.key)) continue;
    known.add(line.key);
    const at = result.findIndex((row) => row.kind === 'line' && row.line.received < line.received);
    result.splice(at === -1 ? result.length : at, 0, { kind: 'line', line });
  }
  return result.slice(0, MAX_ROWS);
}

const keysOf = (rows: readonly Row[]): Set<string> =>
  new Set(rows.flatMap((row) => (row.kind === 'line' ? [row.line.key] : [])));
