import { GROUP_SQL } from './exception-sql.ts';
import type { Store } from './query.ts';
import { selectRows } from './select-rows.ts';
import { IN_WINDOW, windowParameters, type TimeWindow } from './window.ts';

/** Releases named of one group. */
const MAX_RELEASES = 10;
/** Releases stand in the metadata, which is slow to read for a week. */
const MAX_SPAN_MS = 48 * 3_600_000;

/** The releases that a window's exceptions of these groups name, by group; of the last two days of a longer one. Rejects with QueryError. */
export async function exceptionReleases(
  store: Pick<Store, 'select'>,
  window: TimeWindow,
  groups: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const looked = { ...window, fromMs: Math.max(window.fromMs, window.toMs - MAX_SPAN_MS) };
  const rows = await selectRows<{ readonly group: string; readonly releases: readonly string[] }>(
    store,
    `SELECT ${GROUP_SQL} AS "group", list_sort(list(DISTINCT left(metadata->>'$.release', 200)))[:${MAX_RELEASES}] AS releases
     FROM messages WHERE ${IN_WINDOW} AND type = 'exception'
     GROUP BY 1 HAVING "group" IN (SELECT unnest(from_json($4::JSON, '["VARCHAR"]')))`,
    [...windowParameters(looked), JSON.stringify(groups)],
  );
  return new Map(rows.map(({ group, releases }) => [group, releases.filter(Boolean)]));
}
