import type { LoggerDayAgo } from '../../store/day-ago.ts';
import type { AttentionItem } from '../api/attention.ts';
import { count, many } from '../words.ts';
import { clip } from './clip.ts';

/** So many times those of the same hour yesterday, and more, are too many. */
const FACTOR = 3;
/** Fewer in an hour are no alarm, whatever yesterday was: from one to four is chance. */
const LEAST_COUNT = 10;
const HOUR_MS = 3_600_000;

interface Counted {
  readonly logger: string | null;
  readonly errors: number;
  readonly errorsDayAgo: number;
}

/**
 * Says whose errors of the hour that ends at `nowMs` are at least ten, and more than three times those of the same hour yesterday. If no logger has so many
 * but all together do, it says that.
 */
export function moreErrorItems(loggers: readonly LoggerDayAgo[], nowMs: number): AttentionItem[] {
  const counted = loggers.map(({ logger, errors, dayAgo }) => ({ logger, errors, errorsDayAgo: dayAgo.errors }));
  const found: readonly Counted[] = counted.filter(isAlarming).sort((a, b) => b.errors - a.errors);
  const all: Counted = {
    logger: null,
    errors: counted.reduce((sum, { errors }) => sum + errors, 0),
    errorsDayAgo: counted.reduce((sum, { errorsDayAgo }) => sum + errorsDayAgo, 0),
  };
  const items = found.length > 0 || !isAlarming(all) ? found : [all];
  return items.map(({ logger, errors, errorsDayAgo }) => ({
    rule: 'more-errors',
    text: `${many(errors, 'error')} ${logger === null ? 'of all loggers' : `of ${clip(logger)}`} in the last hour, ${
      errorsDayAgo === 0 ? 'none' : count(errorsDayAgo)
    } in the same hour yesterday`,
    logger,
    count: errors,
    countDayAgo: errorsDayAgo,
    from: new Date(nowMs - HOUR_MS).toISOString(),
    to: new Date(nowMs).toISOString(),
  }));
}

const isAlarming = ({ errors, errorsDayAgo }: Counted): boolean =>
  errors >= LEAST_COUNT && errors > FACTOR * errorsDayAgo;
