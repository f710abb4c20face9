import { countedExceptions, partsOf } from './counted-exceptions.ts';
import { GROUP_SQL } from './exception-sql.ts';
import { lookUpExceptions, newestIn, type ExceptionFacts } from './look-up-exceptions.ts';
import type { Store } from '../query.ts';
import { selectRows } from '../select-rows.ts';
import type { TimeWindow } from '../window.ts';

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
  /** At most ten, of the hours that the window touches. */
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
/** Loggers or releases named of one group, and characters of each. */
const MAX_NAMES = 10;
const MAX_NAME_LENGTH = 200;
/** Parts of the window in a series: bars of three pixels in a small picture. */
const MAX_PARTS = 40;

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
  /** The same, to the microsecond. */
  readonly last_seen_text: string;
  readonly loggers: readonly string[];
  readonly releases: readonly string[] | null;
  readonly parts: readonly { readonly part: number; readonly count: number }[];
  readonly groups: number;
  readonly total: number;
}

/** The groups of a window's exceptions, at most two hundred. Rejects with QueryError. */
export async function exceptionGroups(
  store: Pick<Store, 'select'>,
  window: TimeWindow,
  { search, sort, fingerprint }: GroupsAsked,
): Promise<ExceptionGroups> {
  const where =
    search === '' ? undefined : 'contains(lower(concat_ws(chr(10), error_type, payload)), lower($9::VARCHAR))';
  const counted = countedExceptions(window, where);
  const { stepMs, length } = partsOf(window, MAX_PARTS, counted.isHourly);
  const rows = await selectRows<GroupRow>(store, groupsSql(counted.sql, sort), [
    ...counted.parameters,
    window.fromMs,
    stepMs,
    fingerprint ?? null,
    search,
  ]);
  const facts = await lookUpExceptions(
    store,
    rows.map((row) => row.last_seen_text),
  );
  return {
    groups: rows.map((row) => {
      const newest = newestIn(facts, row.group, row.last_seen);
      const series = new Array<number>(length).fill(0);
      for (const { part, count } of row.parts) if (part in series) series[part] = count;
      return {
        fingerprint: row.group,
        errorType: row.error_type,
        value: newest?.value ?? '',
        culprit: newest?.culprit ?? null,
        handled: newest?.handled ?? null,
        count: row.count,
        firstSeen: row.first_seen,
        lastSeen: row.last_seen,
        isNew: Date.parse(row.first_seen) > window.fromMs,
        loggers: row.loggers,
        releases: row.releases ?? [],
        series,
      };
    }),
    groupCount: rows[0]?.groups ?? 0,
    count: rows[0]?.total ?? 0,
  };
}

/**
 * Groups with their counts in each part of the window, which begins after its first millisecond. When a group was first seen, and its releases, are read from the hours,
 * which are few. Takes the window's start as `$6`, the length of a part as `$7`, the only group as `$8` and the search as `$9`.
 */
const groupsSql = (counted: string, sort: GroupOrder): string => `WITH parts AS MATERIALIZED (
    SELECT "group", (epoch_ms(moment) - $6::BIGINT - 1) // $7::BIGINT AS part, left(logger, ${MAX_NAME_LENGTH}) AS logger,
      left(any_value(error_type), ${MAX_NAME_LENGTH}) AS error_type, sum(messages)::BIGINT AS count, max(last_received) AS last_seen
    FROM (${counted}) WHERE ($8::VARCHAR IS NULL OR "group" = $8::VARCHAR) AND $9::VARCHAR IS NOT NULL GROUP BY 1, 2, 3
  ), found AS (
    SELECT "group", any_value(error_type) AS error_type, sum(count)::BIGINT AS count, max(last_seen) AS last_seen,
      list_sort(list(DISTINCT logger))[:${MAX_NAMES}] AS loggers
    FROM parts GROUP BY 1
  ), known AS (
    SELECT ${GROUP_SQL} AS "group", min(first_received) AS first_seen,
      list_sort(list(DISTINCT left(release, ${MAX_NAME_LENGTH})) FILTER (WHERE release <> ''
        AND last_received > $1::TIMESTAMP AND first_received <= $2::TIMESTAMP AND ($3::VARCHAR IS NULL OR logger = $3::VARCHAR)))[:${MAX_NAMES}] AS releases
    FROM hours WHERE type = 'exception' GROUP BY 1
  ), listed AS (
    SELECT *, last_seen::VARCHAR AS last_seen_text, count(*) OVER () AS groups, sum(count) OVER ()::BIGINT AS total
    FROM found JOIN known USING ("group") ORDER BY ${ORDERS[sort]} LIMIT ${MAX_GROUPS}
  ), series AS (
    SELECT "group", list({'part': part, 'count': count}) AS parts
    FROM (SELECT "group", part, sum(count)::BIGINT AS count FROM parts GROUP BY 1, 2) WHERE "group" IN (SELECT "group" FROM listed) GROUP BY 1
  )
  SELECT * FROM listed JOIN series USING ("group") ORDER BY ${ORDERS[sort]}`;
