import { bucketsOf, bucketSql } from './buckets.ts';
import { MAX_NAME_LENGTH, METRIC_KINDS, WEIGHT_SQL, type MetricKind } from './metric-kind.ts';
import type { Store } from './query.ts';
import { selectRows } from './select-rows.ts';
import { IN_WINDOW, windowParameters, type TimeWindow } from './window.ts';

/** A page's list holds no more; whoever looks for another searches. */
const MAX_METRICS = 500;
const SPARK_COUNT = 48;

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
  const { widthMs, starts } = bucketsOf(window.fromMs, window.toMs, SPARK_COUNT);
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
       SELECT type, name, logger, ${bucketSql(widthMs)} AS bucket,
         sum(CASE type WHEN 'counter' THEN value * ${WEIGHT_SQL} WHEN 'timer' THEN ${WEIGHT_SQL} ELSE 1 END) AS count
       FROM messages
       WHERE ${IN_WINDOW} AND type IN (${METRIC_KINDS.map((kind) => `'${kind}'`).join(', ')}) AND value IS NOT NULL
         AND name IS NOT NULL AND length(name) <= ${MAX_NAME_LENGTH} AND contains(lower(name), lower($4::VARCHAR))
       GROUP BY ALL
     )
     SELECT type AS kind, name, sum(count) AS count, count(DISTINCT logger) AS "loggerCount", list(bucket) AS buckets, list(count) AS counts,
       count(*) OVER () AS "totalCount"
     FROM parts GROUP BY type, name ORDER BY count DESC, type, name LIMIT ${MAX_METRICS}`,
    [...windowParameters(window), search],
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
