import { expect, it } from 'vitest';
import { countMessages } from '../../src/store/count-messages.ts';
import { exceptionGroups } from '../../src/store/exceptions/exception-groups.ts';
import { listMetrics } from '../../src/store/metrics/list-metrics.ts';
import { wholeHours } from '../../src/store/whole-hours.ts';
import { header, line } from './journal-text.ts';
import { storeOf } from './store-of.ts';

const WEEK = {
  fromMs: Date.parse('2026-11-15T10:00:00Z'),
  toMs: Date.parse('2026-11-22T10:00:00Z'),
  logger: undefined,
};

it('begins after an hour that begins with the window, and ends with the last that is over', () => {
  expect(wholeHours(WEEK)).toEqual(['2026-11-15T11:00:00.000Z', '2026-11-22T10:00:00.000Z']);
  expect(wholeHours({ ...WEEK, fromMs: WEEK.fromMs + 1, toMs: WEEK.toMs - 1 })).toEqual([
    '2026-11-15T11:00:00.000Z',
    '2026-11-22T09:00:00.000Z',
  ]);
});

it('has a long window from one hour to another hold what was received at its end and not what at its beginning, whatever is counted', async () => {
  const at = (received: string): readonly string[] => [
    header({ received }),
    line({ metadata: { name: 'hits' } }),
    line({ type: 'exception', severity: 3, metadata: { exception: { type: 'TypeError', fingerprint: 'f' } } }),
  ];
  const store = await storeOf([
    ...at('2026-11-15T10:00:00.000Z'),
    ...at('2026-11-15T10:00:00.001Z'),
    ...at('2026-11-18T12:00:00.000Z'),
    ...at('2026-11-22T10:00:00.000Z'),
    ...at('2026-11-22T10:00:00.001Z'),
  ]);
  expect((await countMessages(store, WEEK)).messageCount).toBe(6);
  expect((await exceptionGroups(store, WEEK, { search: '', sort: 'count' })).count).toBe(3);
  expect((await listMetrics(store, WEEK)).metrics).toMatchObject([{ name: 'hits', count: 3 }]);
});
