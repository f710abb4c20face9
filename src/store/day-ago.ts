import type { Store } from './query.ts';
import { selectRows } from './select-rows.ts';

/** What a logger said in the last hour, and in the same hour yesterday. */
export interface LoggerDayAgo {
  readonly logger: string;
  readonly count: number;
  /** Of severity error and worse. */
  readonly errors: number;
  readonly dayAgo: { readonly count: number; readonly errors: number };
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_LOGGERS = 10_000;
const TIMEOUT_MS = 5_000;

/** Compares the hour that ends at `nowMs` with the same hour a day before, by logger; those that spoke in neither are left out. Rejects with QueryError. */
export async function compareWithDayAgo(
  store: Pick<Store, 'select'>,
  nowMs: number,
  logger: string | undefined,
): Promise<readonly LoggerDayAgo[]> {
  // Two ranges that are read one by one, so that the hours between them are skipped by what the files say of themselves.
  const hour = (isDayAgo: boolean, from: string, to: string): string =>
    `SELECT logger, severity, ${isDayAgo} AS is_day_ago FROM messages
     WHERE received > ${from}::TIMESTAMP AND received <= ${to}::TIMESTAMP AND ($5::VARCHAR IS NULL OR logger = $5::VARCHAR)`;
  const rows = await selectRows<{
    readonly logger: string;
    readonly count: number;
    readonly errors: number;
    readonly countDayAgo: number;
    readonly errorsDayAgo: number;
  }>(
    store,
    `SELECT logger,
       count(*) FILTER (NOT is_day_ago) AS count,
       count(*) FILTER (NOT is_day_ago AND severity <= 3) AS errors,
       count(*) FILTER (is_day_ago) AS "countDayAgo",
       count(*) FILTER (is_day_ago AND severity <= 3) AS "errorsDayAgo"
     FROM (${hour(false, '$1', '$2')} UNION ALL ${hour(true, '$3', '$4')})
     GROUP BY logger ORDER BY logger LIMIT ${MAX_LOGGERS}`,
    [
      ...[nowMs - HOUR_MS, nowMs, nowMs - DAY_MS - HOUR_MS, nowMs - DAY_MS].map((ms) => new Date(ms).toISOString()),
      logger ?? null,
    ],
    { timeoutMs: TIMEOUT_MS },
  );
  return rows.map(({ countDayAgo, errorsDayAgo, ...row }) => ({
    ...row,
    dayAgo: { count: countDayAgo, errors: errorsDayAgo },
  }));
}

/** When these loggers were last heard of, in ISO 8601, if that was in the 25 hours before `nowMs`. Rejects with QueryError. */
export async function lastReceived(
  store: Pick<Store, 'select'>,
  nowMs: number,
  loggers: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (loggers.length === 0) return new Map();
  const rows = await selectRows<{ readonly logger: string; readonly newest: string }>(
    store,
    `SELECT logger, max(last_received) AS newest FROM hours
     WHERE last_received > $1::TIMESTAMP AND logger IN (SELECT unnest(from_json($2::JSON, '["VARCHAR"]'))) GROUP BY logger`,
    [new Date(nowMs - DAY_MS - HOUR_MS).toISOString(), JSON.stringify(loggers)],
    { timeoutMs: TIMEOUT_MS },
  );
  return new Map(rows.map(({ logger, newest }) => [logger, newest]));
}
