import type { LoggerDayAgo } from '../../store/day-ago.ts';
import type { AttentionItem } from '../api/attention.ts';
import { duration, many } from '../words.ts';
import { clip } from './clip.ts';

/** Fewer messages in an hour are something that was run once by hand: it sends a few, and its sender's report. */
const LEAST_COUNT = 5;

/** The loggers that said nothing in the last hour, and spoke in the same hour yesterday; those that said most then come first. */
export const findSilent = (loggers: readonly LoggerDayAgo[]): readonly LoggerDayAgo[] =>
  loggers
    .filter(({ count, dayAgo }) => count === 0 && dayAgo.count >= LEAST_COUNT)
    .sort((a, b) => b.dayAgo.count - a.dayAgo.count);

/** Says which loggers are silent. `last`: when each was last heard of. One that spoke meanwhile, and so has no such time, is left out. */
export const silentLoggerItems = (
  silent: readonly LoggerDayAgo[],
  last: ReadonlyMap<string, string>,
  nowMs: number,
): AttentionItem[] =>
  silent.flatMap(({ logger, dayAgo }) => {
    const lastReceived = last.get(logger);
    if (lastReceived === undefined) return [];
    const silentFor = duration(Math.max(0, nowMs - Date.parse(lastReceived)));
    const text = `${clip(logger)} is silent for ${silentFor}; ${many(dayAgo.count, 'message')} in this hour yesterday`;
    return [{ rule: 'silent-logger', text, logger, countDayAgo: dayAgo.count, lastReceived }];
  });
