import { GROUP_SQL } from './exception-sql.ts';
import { HOUR_MS, wholeHours } from '../whole-hours.ts';
import { IN_WINDOW, windowParameters, type TimeWindow } from '../window.ts';

/** A longer window is read from `hours` where it holds whole ones: a week in a fifth of the time. */
const RAW_SPAN_MS = 48 * HOUR_MS;

/** A relation of how many exceptions each group had when, and what is to be bound as `$1` to `$5` for it. */
export interface CountedExceptions {
  /** Columns: `group`, `logger`, `error_type`, `moment`, `last_received`, `messages`. */
  readonly sql: string;
  readonly parameters: readonly (string | null)[];
  /** Whether `moment` is exact, or the start of the hour. */
  readonly isHourly: boolean;
}

const COLUMNS = `${GROUP_SQL} AS "group", logger, error_type`;
const RAW_COLUMNS = `${COLUMNS}, received AS moment, received AS last_received, 1::BIGINT AS messages`;
const OF_LOGGER = '($3::VARCHAR IS NULL OR logger = $3::VARCHAR)';

/** The exceptions of a window, counted exactly. `where` is a further condition on single messages; with one, hours are of no use. */
export function countedExceptions(window: TimeWindow, where?: string): CountedExceptions {
  const { fromMs, toMs } = window;
  const isHourly = where === undefined && toMs - fromMs > RAW_SPAN_MS;
  const parameters = [...windowParameters(window), ...wholeHours(window)];
  const raw = (condition: string): string =>
    `SELECT ${RAW_COLUMNS} FROM archived WHERE type = 'exception' AND ${IN_WINDOW} AND ${condition}`;
  if (!isHourly)
    return {
      sql: raw(`$4::TIMESTAMP IS NOT NULL AND $5::TIMESTAMP IS NOT NULL AND ${where ?? 'true'}`),
      parameters,
      isHourly,
    };
  // The ends of the window are parts of hours.
  const sql = [
    raw('received < $4::TIMESTAMP'),
    `SELECT ${COLUMNS}, hour AS moment, last_received, messages FROM hours
     WHERE type = 'exception' AND hour >= $4::TIMESTAMP AND hour < $5::TIMESTAMP AND ${OF_LOGGER}`,
    raw('received >= $5::TIMESTAMP'),
  ].join(' UNION ALL ');
  return { sql, parameters, isHourly };
}

/** The parts that a window's counts are shown in, of one length. */
export interface Parts {
  readonly stepMs: number;
  readonly length: number;
}

/** At most `most` parts of a window; of whole hours where it is counted by the hour. */
export function partsOf({ fromMs, toMs }: TimeWindow, most: number, isHourly: boolean): Parts {
  const unitMs = isHourly ? HOUR_MS : 1;
  const stepMs = Math.max(1, Math.ceil((toMs - fromMs) / most / unitMs)) * unitMs;
  return { stepMs, length: Math.max(1, Math.ceil((toMs - fromMs) / stepMs)) };
}
