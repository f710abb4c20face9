import { bucketSql, type Buckets } from '../buckets.ts';
import type { MetricKind, MetricName } from './metric-kind.ts';
import { QueryError } from '../query-error.ts';
import type { Store } from '../query.ts';
import { ESTIMATED_SQL, WEIGHT_SQL } from '../sampling-sql.ts';
import { selectRows } from '../select-rows.ts';
import { weightedPercentiles, type Percentiles } from './weighted-percentiles.ts';
import { IN_WINDOW, windowParameters, type TimeWindow } from '../window.ts';

/** What is known of a metric over some time. Counts are corrected for sampling; the percentiles are of all calls, those that were not sampled too. */
export interface Measure {
  readonly messages: number;
  /** What was counted, by a counter; calls, of a timer; messages, of a gauge. */
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** Of the messages' values. */
  readonly average: number;
  /** The value that was received last. */
  readonly last: number;
  /** In milliseconds; of timers alone. */
  readonly percentiles: Percentiles | undefined;
}

export interface MeasuredMetric extends MetricName {
  /** Of the whole window, not an average of buckets; undefined if there was nothing. */
  readonly whole: Measure | undefined;
  /** By the start of the bucket, for those in which there was something. */
  readonly byBucket: ReadonlyMap<number, Measure>;
}

interface Row {
  readonly kind: MetricKind;
  readonly name: string;
  /** Null for the whole window. */
  readonly bucket: number | null;
  readonly messages: number;
  readonly calls: number | null;
  readonly counted: number | null;
  readonly min: number;
  readonly max: number;
  readonly average: number | null;
  readonly last: number | null;
  readonly isEven: boolean;
  readonly percentiles: readonly number[] | null;
}

/**
 * Measures metrics in each bucket of a window, and in the whole of it. `shiftMs`: the window lies so much before the buckets. Where all messages of a timer are
 * sampled alike, percentiles are exact, between the nearest two values in proportion; otherwise each message weighs as many calls as it stands for.
 * Rejects with QueryError.
 */
export async function measureMetrics(
  store: Pick<Store, 'select'>,
  names: readonly MetricName[],
  window: TimeWindow,
  { widthMs }: Buckets,
  shiftMs = 0,
): Promise<readonly MeasuredMetric[]> {
  const bucket = bucketSql(widthMs, shiftMs);
  const rows = await selectMeasures(store, names, window, bucket);
  const uneven = names.filter(
    ({ kind, name }) =>
      kind === 'timer' &&
      rows.some((row) => row.kind === kind && row.name === name && (!row.isEven || row.percentiles === null)),
  );
  const weighted = new Map(
    await Promise.all(
      uneven.map(async ({ name }) => [name, await weightedPercentiles(store, name, window, bucket)] as const),
    ),
  );
  return names.map(({ kind, name }) => {
    const own = rows.filter((row) => row.kind === kind && row.name === name);
    const percentilesOf = (row: Row): Percentiles | undefined => {
      if (kind !== 'timer') return undefined;
      if (!row.isEven || row.percentiles === null) return weighted.get(name)?.get(row.bucket);
      const [p50 = 0, p95 = 0, p99 = 0] = row.percentiles;
      return { p50, p95, p99 };
    };
    const measureOf = (row: Row): Measure => ({
      messages: row.messages,
      count: (kind === 'counter' ? row.counted : kind === 'timer' ? row.calls : row.messages) ?? 0,
      min: row.min,
      max: row.max,
      average: row.average ?? 0,
      last: row.last ?? 0,
      percentiles: percentilesOf(row),
    });
    const whole = own.find((row) => row.bucket === null);
    return {
      kind,
      name,
      whole: whole === undefined ? undefined : measureOf(whole),
      byBucket: new Map(own.flatMap((row) => (row.bucket === null ? [] : [[row.bucket, measureOf(row)] as const]))),
    };
  });
}

/** Rows of one metric in each of some buckets and the whole; more than a graph ever has. */
const MAX_ROWS = 20_000;

async function selectMeasures(
  store: Pick<Store, 'select'>,
  names: readonly MetricName[],
  window: TimeWindow,
  bucket: string,
): Promise<readonly Row[]> {
  const parameters = [...windowParameters(window), ...names.flatMap(({ kind, name }) => [kind, name])];
  const at = (index: number): string => `$${index + 4}::VARCHAR`;
  const kinds = names.map((_, index) => at(2 * index));
  const texts = names.map((_, index) => at(2 * index + 1));
  const pairs = names.map((_, index) => `(type = ${at(2 * index)} AND name = ${at(2 * index + 1)})`);
  // Only for gauges: it costs as much as all the rest.
  const last = names.some(({ kind }) => kind === 'gauge')
    ? "arg_max(value, {'r': received, 't': timestamp, 's': seq}) FILTER (type = 'gauge')"
    : 'NULL::DOUBLE';
  // The two lists are what files can be skipped by; the pairs are what is wanted.
  const statement = (percentiles: string): string =>
    `SELECT type AS kind, name, bucket, count(*) AS messages, sum(weight) AS calls, sum(estimated) AS counted, min(value) AS min, max(value) AS max,
       avg(value) AS average, ${last} AS last,
       min(weight) = max(weight) AS "isEven", ${percentiles} AS percentiles
     FROM (
       SELECT type, name, ${bucket} AS bucket, value, ${WEIGHT_SQL} AS weight, ${ESTIMATED_SQL} AS estimated, received, timestamp, seq
       FROM archived
       WHERE ${IN_WINDOW} AND type IN (${kinds.join(', ')}) AND name IN (${texts.join(', ')}) AND (${pairs.join(' OR ')}) AND value IS NOT NULL
     )
     GROUP BY GROUPING SETS ((type, name, bucket), (type, name))`;
  const run = (percentiles: string): Promise<readonly Row[]> =>
    selectRows<Row>(store, statement(percentiles), parameters, { maxRows: MAX_ROWS });
  try {
    return await run("quantile_cont(value, [0.5, 0.95, 0.99]) FILTER (type = 'timer')");
  } catch (error) {
    // Exact percentiles hold every value. Where these are too many, what weighs them makes do with less.
    if (!(error instanceof QueryError) || error.code !== 'memory') throw error;
    return run('NULL::DOUBLE[]');
  }
}
