import { expect, it } from 'vitest';
import { findSilent, silentLoggerItems } from '../../../src/report/attention/silent-loggers.ts';
import type { LoggerDayAgo } from '../../../src/store/day-ago.ts';

const NOW_MS = Date.parse('2026-11-22T10:30:00.000Z');
const countsOf = (logger: string, count: number, dayAgo: number): LoggerDayAgo => ({
  logger,
  count,
  errors: 0,
  dayAgo: { count: dayAgo, errors: 0 },
});

it('finds those that spoke yesterday at this hour and do not now, the most talkative first', () => {
  const loggers = [countsOf('few', 0, 5), countsOf('many', 0, 500), countsOf('speaks', 1, 500), countsOf('new', 9, 0)];
  expect(findSilent(loggers).map(({ logger }) => logger)).toEqual(['many', 'few']);
});

it('does not miss what was run once by hand', () => {
  expect(findSilent([countsOf('once', 0, 4)])).toEqual([]);
});

it('says since when', () => {
  const lastReceived = '2026-11-22T08:50:00.000Z';
  expect(silentLoggerItems([countsOf('billing', 0, 60)], new Map([['billing', lastReceived]]), NOW_MS)).toEqual([
    {
      rule: 'silent-logger',
      text: 'billing is silent for 100 min; 60 messages in this hour yesterday',
      logger: 'billing',
      countDayAgo: 60,
      lastReceived,
    },
  ]);
});
