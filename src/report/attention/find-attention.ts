import { compareWithDayAgo, lastReceived } from '../../store/day-ago.ts';
import { newExceptions } from '../../store/exceptions/new-exceptions.ts';
import type { ApiPorts } from '../api-route.ts';
import type { AttentionAnswer } from '../api/attention.ts';
import { windowLoss } from '../window-loss.ts';
import { archiveCopyItems } from './archive-copy.ts';
import { lossItems } from './loss.ts';
import { moreErrorItems } from './more-errors.ts';
import { newExceptionItems } from './new-exceptions.ts';
import { findSilent, silentLoggerItems } from './silent-loggers.ts';
import { sinkLagItems } from './sink-lag.ts';

const HOUR_MS = 3_600_000;
/** Of one rule: a list that is longer is not read, and hides what comes after it. */
const MAX_ITEMS = 10;

/** Looks by every rule for what needs attention now, of one logger or of all; sinks and the archive's store are looked at in any case. Rejects with QueryError. */
export async function findAttention(
  { store, router, clock }: Pick<ApiPorts, 'store' | 'router' | 'clock'>,
  logger: string | undefined,
): Promise<AttentionAnswer> {
  const nowMs = clock.now();
  const [groups, loggers, books, path] = await Promise.all([
    newExceptions(store, nowMs - HOUR_MS, logger),
    compareWithDayAgo(store, nowMs, logger),
    router.stats(),
    router.ledger(),
  ]);
  const silent = findSilent(loggers).slice(0, MAX_LOOKED_UP);
  const last = await lastReceived(store, nowMs, silent.map((one) => one.logger)); // prettier-ignore
  const byRule = [
    newExceptionItems(groups),
    moreErrorItems(loggers, nowMs),
    silentLoggerItems(silent, last, nowMs),
    sinkLagItems(books.sinks),
    archiveCopyItems(books.archive.copy),
    lossItems(windowLoss(path, { fromMs: nowMs - 24 * HOUR_MS, toMs: nowMs, logger }, nowMs)),
  ];
  const items = byRule.flatMap((found) => found.slice(0, MAX_ITEMS));
  const leftOut = byRule.reduce((sum, found) => sum + Math.max(0, found.length - MAX_ITEMS), 0);
  return { at: new Date(nowMs).toISOString(), items, leftOut };
}

/** Silent loggers whose last message is looked up. */
const MAX_LOOKED_UP = 100;
