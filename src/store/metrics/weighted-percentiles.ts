import { WEIGHT_SQL } from '../sampling-sql.ts';
import type { Store } from '../query.ts';
import { selectRows } from '../select-rows.ts';
import { IN_WINDOW, windowParameters, type TimeWindow } from '../window.ts';

/** Values up to here are sorted one by one, which takes about 5 MiB. */
const MAX_EXACT_COUNT = 100_000;
/** More are first rounded to steps of this ratio, so that no percentile is off by more than half of it; a hundred thousand times the least has 2,300 steps. */
const STEP_RATIO = 0.005;

/** Of durations, in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

interface Row extends Percentiles {
  readonly bucket: number | null;
}

/**
 * Percentiles of a timer whose messages are sampled at several rates, by the start of the bucket, and of the whole window under null: the least value that so much
 * of the weight is not above. `bucketSql`: the start of a message's bucket. Rejects with QueryError.
 */
export async function weightedPercentiles(
  store: Pick<Store, 'select'>,
  name: string,
  window: TimeWindow,
  bucketSql: string,
): Promise<ReadonlyMap<number | null, Percentiles>> {
  const from = `FROM archived WHERE ${IN_WINDOW} AND type = 'timer' AND name = $4::VARCHAR AND value IS NOT NULL`;
  const parameters = [...windowParameters(window), name];
  const [counted] = await selectRows<{ count: number }>(store, `SELECT count(*) AS count ${from}`, parameters);
  const isExact = (counted?.count ?? 0) <= MAX_EXACT_COUNT;
  const rounded = `CASE WHEN value > 0 THEN exp(round(ln(value) / ${STEP_RATIO}) * ${STEP_RATIO}) ELSE value END`;
  const rows = await selectRows<Row>(
    store,
    `WITH given AS (SELECT ${bucketSql} AS bucket, ${isExact ? 'value' : rounded} AS ms, ${WEIGHT_SQL} AS weight ${from}),
       steps AS (SELECT bucket, ms, sum(weight) AS weight FROM given GROUP BY GROUPING SETS ((bucket, ms), (ms))),
       reached AS (SELECT bucket, ms, sum(weight) OVER (PARTITION BY bucket ORDER BY ms) AS upto, sum(weight) OVER (PARTITION BY bucket) AS total FROM steps)
     SELECT bucket, ${[50, 95, 99].map((p) => `min(ms) FILTER (upto >= ${p / 100} * total) AS p${p}`).join(', ')}
     FROM reached GROUP BY bucket`,
    parameters,
  );
  return new Map(rows.map(({ bucket, p50, p95, p99 }) => [bucket, { p50, p95, p99 }]));
}
