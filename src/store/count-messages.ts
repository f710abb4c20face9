import { bucketStep } from './bucket-step.ts';
import type { Store } from './query.ts';
import { selectRows } from './select-rows.ts';
import { HOUR_MS, wholeHours } from './whole-hours.ts';
import { IN_WINDOW, windowParameters, type TimeWindow } from './window.ts';

/** Messages of a window, in buckets of time and by what they are. */
export interface MessageCounts {
  /** Start of the first bucket, in epoch milliseconds: a multiple of `stepMs`, and so at times before the window. */
  readonly firstMs: number;
  readonly stepMs: number;
  readonly messageCount: number;
  /** Messages of severity error and worse, for each bucket. */
  readonly errors: readonly number[];
  readonly byType: GroupedCounts;
  readonly byLogger: GroupedCounts;
  /** 0 (emergency) to 7 (debug); null where a message has none. */
  readonly bySeverity: readonly { readonly severity: number | null; readonly count: number }[];
}

export interface GroupedCounts {
  /** The largest groups, the largest first, and a last one without a name for the rest if there is one; counts for each bucket. */
  readonly series: readonly { readonly name: string | null; readonly counts: readonly number[] }[];
  /** The largest first, at most a hundred. */
  readonly totals: readonly { readonly name: string; readonly count: number }[];
  /** How many groups there are. */
  readonly groupCount: number;
}

/** A bucket is then 7 px of a graph as wide as the page. */
const MAX_BUCKETS = 120;
/** As many as can be told apart by colour; one more for the rest. */
const MAX_SERIES = 6;
const MAX_TOTALS = 100;
/** RFC 5424's error. */
const ERROR_SEVERITY = 3;
const TIMEOUT_MS = 5_000;
/** Of a longer window the hours are read, which were counted once for all: of a week, in an eighth of the time. */
const MAX_RAW_MS = 48 * HOUR_MS;

interface Row {
  readonly kind: 'type' | 'logger' | 'severity' | 'types' | 'loggers';
  readonly name: string | null;
  readonly bucket: number | null;
  readonly count: number;
  readonly groups: number | null;
}

/** Counts a window's messages in one pass over its files, or over what was counted of its hours. Rejects with QueryError. */
export async function countMessages(store: Pick<Store, 'select'>, window: TimeWindow): Promise<MessageCounts> {
  const windowMs = window.toMs - window.fromMs;
  const isLong = windowMs > MAX_RAW_MS;
  const stepMs = Math.max(bucketStep(windowMs, MAX_BUCKETS), isLong ? HOUR_MS : 0); // whole hours: every wider step is some
  const first = Math.floor(window.fromMs / stepMs);
  const length = Math.floor(window.toMs / stepMs) - first + 1;
  const parameters = [...windowParameters(window), stepMs];
  const rows = await selectRows<Row>(
    store,
    countSql(isLong ? HOURLY_SQL : RAW_SQL),
    isLong ? [...parameters, ...wholeHours(window)] : parameters,
    {
      maxRows: 2 * (MAX_SERIES + 1) * length + 9 * length + 2 * MAX_TOTALS,
      timeoutMs: TIMEOUT_MS,
    },
  );
  const of = (kind: Row['kind']): readonly Row[] => rows.filter((row) => row.kind === kind);
  const place = ({ bucket }: Row): number => Number(bucket) - first;

  const grouped = (kind: 'type' | 'logger'): GroupedCounts => {
    const totals = of(`${kind}s`);
    const byName = new Map<string | null, number[]>();
    for (const row of of(kind)) {
      const counts = byName.get(row.name) ?? new Array<number>(length).fill(0);
      counts[place(row)] = row.count;
      byName.set(row.name, counts);
    }
    const names = [...totals.slice(0, MAX_SERIES).map(({ name }) => name), null];
    return {
      series: names.flatMap((name) => {
        const counts = byName.get(name);
        return counts === undefined ? [] : [{ name, counts }];
      }),
      totals: totals.map(({ name, count }) => ({ name: name ?? '', count })),
      groupCount: totals[0]?.groups ?? 0,
    };
  };

  const errors = new Array<number>(length).fill(0);
  const severities = new Map<number | null, number>();
  for (const row of of('severity')) {
    const severity = row.name === null ? null : Number(row.name);
    severities.set(severity, (severities.get(severity) ?? 0) + row.count);
    if (severity !== null && severity <= ERROR_SEVERITY) errors[place(row)] = (errors[place(row)] ?? 0) + row.count;
  }
  const bySeverity = [...severities].map(([severity, count]) => ({ severity, count }));
  return {
    firstMs: first * stepMs,
    stepMs,
    messageCount: bySeverity.reduce((sum, { count }) => sum + count, 0),
    errors,
    byType: grouped('type'),
    byLogger: grouped('logger'),
    bySeverity: bySeverity.sort((a, b) => (a.severity ?? 8) - (b.severity ?? 8)),
  };
}

const rawSql = (condition: string): string => `
    SELECT type, logger, severity, epoch_ms(received) // $4::BIGINT AS bucket, count(*) AS messages
    FROM messages WHERE ${IN_WINDOW} AND ${condition} GROUP BY ALL`;

const RAW_SQL = rawSql('true');

/** Takes `wholeHours` as `$5` and `$6`. What of the window is no whole hour is counted message by message, so that all adds up. */
const HOURLY_SQL = `${rawSql('received < $5::TIMESTAMP')}
    UNION ALL ${rawSql('received >= $6::TIMESTAMP')}
    UNION ALL
    SELECT type, logger, severity, epoch_ms(hour) // $4::BIGINT, sum(messages)
    FROM hours
    WHERE hour >= $5::TIMESTAMP AND hour < $6::TIMESTAMP AND ($3::VARCHAR IS NULL OR logger = $3::VARCHAR) GROUP BY ALL`;

/** Rows of one kind after the other; the names of `type` and `logger` are null for the rest. Takes a window, and the width of a bucket as `$4`. */
const countSql = (counted: string): string => `
  WITH counted AS MATERIALIZED (${counted}),
  ${['type', 'logger'].map(totalsSql).join(', ')}
  ${['type', 'logger'].map(seriesSql).join(' UNION ALL ')}
  UNION ALL
  SELECT 'severity', severity::VARCHAR, bucket, sum(messages)::BIGINT, NULL FROM counted GROUP BY severity, bucket`;

const totalsSql = (column: string): string => `${column}s AS MATERIALIZED (
    SELECT ${column} AS name, sum(messages)::BIGINT AS count, count(*) OVER () AS groups
    FROM counted GROUP BY ${column} ORDER BY count DESC, name LIMIT ${MAX_TOTALS}
  )`;

const seriesSql = (column: string): string => `
  SELECT '${column}s' AS kind, name, NULL AS bucket, count, groups FROM ${column}s
  UNION ALL
  SELECT '${column}', top.name, bucket, sum(messages)::BIGINT, NULL
  FROM counted LEFT JOIN (FROM ${column}s ORDER BY count DESC, name LIMIT ${MAX_SERIES}) AS top ON top.name = counted.${column}
  GROUP BY top.name, bucket`;
