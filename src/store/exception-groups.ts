import { exceptionReleases } from './exception-releases.ts';
import { GROUP_SQL, inGroupSql, SENDER_SQL, SEQ_SQL, type MessageId } from './exception-sql.ts';
import { lookUpExceptions, keyOf, type ExceptionFacts } from './look-up-exceptions.ts';
import type { Store } from './query.ts';
import { selectRows } from './select-rows.ts';
import { IN_WINDOW, windowParameters, type TimeWindow } from './window.ts';

/** The exceptions of one fingerprint. Times are ISO 8601, of receipt. */
export interface ExceptionGroup extends Pick<ExceptionFacts, 'value' | 'culprit' | 'handled'> {
  readonly fingerprint: string;
  readonly errorType: string | null;
  /** In the window. */
  readonly count: number;
  /** In all that is kept. */
  readonly firstSeen: string;
  /** In the window. */
  readonly lastSeen: string;
  /** Whether the first of all is in the window. */
  readonly isNew: boolean;
  /** At most ten. */
  readonly loggers: readonly string[];
  /** At most ten, of the window. */
  readonly releases: readonly string[];
  /** Exceptions in each part of the window, the oldest first. */
  readonly series: readonly number[];
}

export type GroupOrder = 'last' | 'first' | 'count';

export interface GroupsAsked {
  /** Part of a type or of a traceback, in any case; empty for all. */
  readonly search: string;
  readonly sort: GroupOrder;
  /** The only one; undefined for all. */
  readonly fingerprint?: string;
}

export interface ExceptionGroups {
  readonly groups: readonly ExceptionGroup[];
  /** Groups that are there, also where fewer are listed. */
  readonly groupCount: number;
  /** Exceptions of all these groups. */
  readonly count: number;
}

/** Groups listed. More than that nobody reads; the search finds the rest. */
const MAX_GROUPS = 200;
const MAX_NAMES = 10;
/** Parts of the window in a series: bars of three pixels in a small picture. */
export const SERIES_LENGTH = 40;

const ORDERS: Readonly<Record<GroupOrder, string>> = {
  last: 'last_seen DESC, "group"',
  first: 'first_seen DESC, "group"',
  count: 'count DESC, "group"',
};

interface GroupRow {
  readonly group: string;
  readonly error_type: string | null;
  readonly count: number;
  readonly first_seen: string;
  readonly last_seen: string;
  readonly loggers: readonly string[];
  readonly sender: string;
  readonly seq: number;
  readonly groups: number;
  readonly total: number;
}

/** The groups of a window's exceptions, at most two hundred. Rejects with QueryError. */
export async function exceptionGroups(
  store: Pick<Store, 'select'>,
  window: TimeWindow,
  { search, sort, fingerprint }: GroupsAsked,
): Promise<ExceptionGroups> {
  const rows = await selectRows<GroupRow>(
    store,
    `WITH found AS (
       SELECT ${GROUP_SQL} AS "group", any_value(error_type) AS error_type, count(*) AS count, max(received) AS last_seen,
         list_sort(list(DISTINCT logger))[:${MAX_NAMES}] AS loggers,
         arg_max(${SENDER_SQL}, received) AS sender, arg_max(${SEQ_SQL}, received) AS seq
       FROM messages WHERE ${IN_WINDOW} AND type = 'exception'
         AND ($4::VARCHAR = '' OR contains(lower(concat_ws(chr(10), error_type, payload)), $4::VARCHAR))
         AND ($5::VARCHAR IS NULL OR ${inGroupSql(fingerprint ?? '', '$5')})
       GROUP BY 1
     ), known AS (
       SELECT ${GROUP_SQL} AS "group", min(received) AS first_seen FROM messages WHERE type = 'exception' GROUP BY 1
     )
     SELECT *, count(*) OVER () AS groups, sum(count) OVER () AS total
     FROM found JOIN known USING ("group") ORDER BY ${ORDERS[sort]} LIMIT ${MAX_GROUPS}`,
    [...windowParameters(window), search.toLowerCase(), fingerprint ?? null],
  );
  if (rows.length === 0) return { groups: [], groupCount: 0, count: 0 };
  const newest = rows.map((row): MessageId => ({ sender: row.sender, seq: row.seq, received: row.last_seen }));
  const names = rows.map(({ group }) => group);
  const [facts, series, releases] = await Promise.all([
    lookUpExceptions(store, newest),
    exceptionSeries(store, window, names),
    exceptionReleases(store, window, names),
  ]);
  const fromMs = window.fromMs;
  return {
    groups: rows.map((row, index) => {
      const id = newest[index];
      const known = id === undefined ? undefined : facts.get(keyOf(id));
      return {
        fingerprint: row.group,
        errorType: row.error_type,
        value: known?.value ?? '',
        culprit: known?.culprit ?? null,
        handled: known?.handled ?? null,
        count: row.count,
        firstSeen: row.first_seen,
        lastSeen: row.last_seen,
        isNew: Date.parse(row.first_seen) > fromMs,
        loggers: row.loggers,
        releases: releases.get(row.group) ?? [],
        series: series.get(row.group) ?? [],
      };
    }),
    groupCount: rows[0]?.groups ?? 0,
    count: rows[0]?.total ?? 0,
  };
}

/** How many exceptions of each group each part of the window has. Rejects with QueryError. */
async function exceptionSeries(
  store: Pick<Store, 'select'>,
  window: TimeWindow,
  groups: readonly string[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const stepMs = Math.max(1, Math.ceil((window.toMs - window.fromMs) / SERIES_LENGTH));
  const rows = await selectRows<{ readonly group: string; readonly part: number; readonly count: number }>(
    store,
    `SELECT ${GROUP_SQL} AS "group", (epoch_ms(received) - $4::BIGINT - 1) // $5::BIGINT AS part, count(*) AS count
     FROM messages WHERE ${IN_WINDOW} AND type = 'exception'
     GROUP BY ALL HAVING "group" IN (SELECT unnest(from_json($6::JSON, '["VARCHAR"]')))`,
    [...windowParameters(window), window.fromMs, stepMs, JSON.stringify(groups)],
  );
  const series = new Map<string, number[]>();
  for (const { group, part, count } of rows) {
    let counts = series.get(group);
    if (counts === undefined) series.set(group, (counts = new Array<number>(SERIES_LENGTH).fill(0)));
    if (part >= 0 && part < SERIES_LENGTH) counts[part] = count;
  }
  return series;
}
