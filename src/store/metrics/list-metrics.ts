import { bucketsOf, bucketSql } from '../buckets.ts';
import { MAX_NAME_LENGTH, METRIC_KINDS, type MetricKind } from './metric-kind.ts';
import type { Store } from '../query.ts';
import { ESTIMATED_SQL, WEIGHT_SQL } from '../sampling-sql.ts';
import { selectRows } from '../select-rows.ts';
import { HOUR_MS, wholeHours } from '../whole-hours.ts';
import { windowParameters, type TimeWindow } from '../window.ts';

/** A page's list holds no more; whoever looks for another searches. */
const MAX_METRICS = 500;
const SPARK_COUNT = 48;
/** Messages of shorter windows are counted one by one; for longer ones the store has counted each hour before. */
const HOURS_FROM_MS: number = 24 * HOUR_MS;

export interface ListedMetric {
  readonly kind: MetricKind;
  readonly name: string;
  /** What was counted, by counters; calls, of timers; messages, of gauges. Corrected for sampling. */
  readonly count: number;
  readonly loggerCount: number;
  /** The count of each of the list's buckets. */
  readonly spark: readonly number[];
}

export interface MetricList {
  readonly metrics: readonly ListedMetric[];
  /** Names of the window, those beyond the list among them. */
  readonly totalCount: number;
  readonly bucketMs: number;
  /** Starts of the buckets, in epoch milliseconds. */
  readonly times: readonly number[];
}

/** The counters, timers and gauges of a window whose names hold `search`, in either case: at most 500, the highest counts first. Rejects with QueryError. */
export async function listMetrics(store: Pick<Store, 'select'>, window: TimeWindow, search = ''): Promise<MetricList> {
  const lengthMs = window.toMs - window.fromMs;
  // Hours that are counted together cannot be told apart any more.
  const isHourly = lengthMs >= HOURS_FROM_MS;
  const maxCount = !isHourly ? SPARK_COUNT : Math.min(SPARK_COUNT, Math.floor(lengthMs / HOUR_MS));
  const { widthMs, starts } = bucketsOf(window.fromMs, window.toMs, maxCount);
  const rows = await selectRows<{
    kind: MetricKind;
    name: string;
    count: number | null;
    loggerCount: number;
    buckets: readonly number[];
    counts: readonly (number | null)[];
    totalCount: number;
  }>(
    store,
    `WITH parts AS (
       SELECT type, name, logger, bucket, sum(count) AS count FROM (${isHourly ? hourlySql(widthMs) : rawSql(widthMs, 'true')})
       WHERE type IN (${METRIC_KINDS.map((kind) => `'${kind}'`).join(', ')}) AND name IS NOT NULL AND length(name) <= ${MAX_NAME_LENGTH}
         AND contains(lower(name), lower($4::VARCHAR)) AND ($3::VARCHAR IS NULL OR logger = $3::VARCHAR) AND count IS NOT NULL
       GROUP BY ALL
     )
     SELECT type AS kind, name, sum(count) AS count, count(DISTINCT logger) AS "loggerCount", list(bucket) AS buckets, list(count) AS counts,
       count(*) OVER () AS "totalCount"
     FROM parts GROUP BY type, name ORDER BY count DESC, type, name LIMIT ${MAX_METRICS}`,
    [...windowParameters(window), search, ...(isHourly ? wholeHours(window) : [])],
  );
  const metrics = rows.map(({ kind, name, count, loggerCount, buckets, counts }) => {
    // By bucket and logger, in no order.
    const spark = starts.map(() => 0);
    for (const [index, bucket] of buckets.entries()) {
      const at = (bucket - (starts[0] ?? 0)) / widthMs;
      spark[at] = (spark[at] ?? 0) + (counts[index] ?? 0);
    }
    return { kind, name, count: count ?? 0, loggerCount, spark };
  });
  return { metrics, totalCount: rows[0]?.totalCount ?? 0, bucketMs: widthMs, times: starts };
}

/** The counts of a window's messages by type, name, logger and bucket; takes its bounds as `$1` and `$2`. Rows that belong together may be several. */
const rawSql = (widthMs: number, condition: string): string =>
  `SELECT type, name, logger, ${bucketSql(widthMs)} AS bucket,
     CASE WHEN value IS NULL THEN NULL WHEN type = 'counter' THEN ${ESTIMATED_SQL} WHEN type = 'timer' THEN ${WEIGHT_SQL} ELSE 1 END AS count
   FROM archived WHERE received > $1::TIMESTAMP AND received <= $2::TIMESTAMP AND ${condition}`;

/** The same, by hours: takes `wholeHours` as `$5` and `$6`. What of the window is no whole hour is counted message by message. */
const hourlySql = (widthMs: number): string =>
  `${rawSql(widthMs, 'received < $5::TIMESTAMP')}
   UNION ALL ${rawSql(widthMs, 'received >= $6::TIMESTAMP')}
   UNION ALL SELECT type, name, logger, (epoch_ms(hour) // ${widthMs}) * ${widthMs} AS bucket,
     CASE WHEN value_sum IS NULL THEN NULL WHEN type = 'counter' THEN estimated_sum WHEN type = 'timer' THEN estimated ELSE messages END AS count
   FROM hours WHERE hour >= $5::TIMESTAMP AND hour < $6::TIMESTAMP`;
