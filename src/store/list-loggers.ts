import { selectRows } from './select-rows.ts';
import type { Store } from './query.ts';
import { IN_WINDOW, windowParameters, type TimeWindow } from './window.ts';

/** A page's list holds no more. */
const MAX_LOGGERS = 1_000;

export interface LoggerCount {
  readonly logger: string;
  readonly count: number;
}

/** Who sent messages in a window, the most talkative first, at most a thousand. Rejects with QueryError. */
export const listLoggers = (store: Pick<Store, 'select'>, window: TimeWindow): Promise<readonly LoggerCount[]> =>
  selectRows<LoggerCount>(
    store,
    `SELECT logger, count(*) AS count FROM messages WHERE ${IN_WINDOW}
     GROUP BY logger ORDER BY count DESC, logger LIMIT ${MAX_LOGGERS}`,
    windowParameters(window),
  );
