import { expect, it } from 'vitest';
import { moreErrorItems } from '../../../src/report/attention/more-errors.ts';
import type { LoggerDayAgo } from '../../../src/store/day-ago.ts';

const NOW_MS = Date.parse('2026-11-22T10:30:00.000Z');
const errorsOf = (logger: string, errors: number, dayAgo: number): LoggerDayAgo => ({
  logger,
  count: 1_000,
  errors,
  dayAgo: { count: 1_000, errors: dayAgo },
});

it('names a logger with more than three times the errors of yesterday, and the hour', () => {
  expect(moreErrorItems([errorsOf('shop', 31, 10), errorsOf('web', 0, 0)], NOW_MS)).toEqual([
    {
      rule: 'more-errors',
      text: '31 errors of shop in the last hour, 10 in the same hour yesterday',
      logger: 'shop',
      count: 31,
      countDayAgo: 10,
      from: '2026-11-22T09:30:00.000Z',
      to: '2026-11-22T10:30:00.000Z',
    },
  ]);
});

it.each([
  ['three times as many', 30, 10],
  ['nine, and none yesterday', 9, 0],
  ['none at all', 0, 0],
])('is calm about %s', (_, errors, dayAgo) => {
  expect(moreErrorItems([errorsOf('shop', errors, dayAgo)], NOW_MS)).toEqual([]);
});

it('takes none yesterday for what it is, from ten errors on', () => {
  expect(moreErrorItems([errorsOf('shop', 10, 0)], NOW_MS)).toMatchObject([
    { text: '10 errors of shop in the last hour, none in the same hour yesterday' },
  ]);
});

it('has the loggers with most errors first', () => {
  const items = moreErrorItems([errorsOf('a', 20, 0), errorsOf('b', 40, 1)], NOW_MS);
  expect(items.map((item) => item.rule === 'more-errors' && item.logger)).toEqual(['b', 'a']);
});

it('looks at all together if each alone has too few', () => {
  const few = ['a', 'b', 'c'].map((logger) => errorsOf(logger, 4, 1));
  expect(moreErrorItems(few, NOW_MS)).toMatchObject([
    { logger: null, text: '12 errors of all loggers in the last hour, 3 in the same hour yesterday' },
  ]);
});
