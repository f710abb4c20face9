import { expect, it } from 'vitest';
import { countMessages } from '../../src/store/count-messages.ts';
import { DAY, header, line } from './journal-text.ts';
import { storeOf } from './store-of.ts';

const at = (time: string): number => Date.parse(`${DAY}T${time}Z`);
const HOUR = { fromMs: at('10:00:00.000'), toMs: at('11:00:00.000'), logger: undefined };

it('counts an empty archive as nothing', async () => {
  expect(await countMessages(await storeOf([]), HOUR)).toEqual({
    firstMs: HOUR.fromMs,
    stepMs: 30_000,
    messageCount: 0,
    errors: new Array<number>(121).fill(0),
    byType: { series: [], totals: [], groupCount: 0 },
    byLogger: { series: [], totals: [], groupCount: 0 },
    bySeverity: [],
  });
});

it('counts by type, logger and severity, each message in the bucket of its receipt', async () => {
  const store = await storeOf([
    header({ received: `${DAY}T10:00:00.000Z` }),
    line(), // the window begins after this
    header({ received: `${DAY}T10:00:29.999Z` }),
    line(),
    header({ received: `${DAY}T10:00:30.000Z`, logger: 'web' }),
    line({ type: 'log', severity: 3 }),
    line({ type: 'log', severity: 4 }),
    header({ received: `${DAY}T11:00:00.000Z` }),
    line({ type: 'exception', severity: 2 }),
    header({ received: `${DAY}T11:00:00.001Z` }),
    line(),
  ]);
  const counted = await countMessages(store, HOUR);
  const nonZero = (counts: readonly number[]): Record<number, number> =>
    Object.fromEntries(counts.map((count, index) => [index, count] as const).filter(([, count]) => count > 0));
  expect(counted).toMatchObject({
    messageCount: 4,
    bySeverity: [
      { severity: 2, count: 1 },
      { severity: 3, count: 1 },
      { severity: 4, count: 1 },
      { severity: 6, count: 1 },
    ],
    byType: {
      totals: [
        { name: 'log', count: 2 },
        { name: 'counter', count: 1 },
        { name: 'exception', count: 1 },
      ],
      groupCount: 3,
    },
    byLogger: {
      totals: [
        { name: 'shop', count: 2 },
        { name: 'web', count: 2 },
      ],
    },
  });
  expect(nonZero(counted.errors)).toEqual({ 1: 1, 120: 1 });
  expect(counted.byType.series.map(({ name, counts }) => [name, nonZero(counts)])).toEqual([
    ['log', { 1: 2 }],
    ['counter', { 0: 1 }],
    ['exception', { 120: 1 }],
  ]);
  expect(counted.byLogger.series.map(({ name, counts }) => [name, nonZero(counts)])).toEqual([
    ['shop', { 0: 1, 120: 1 }],
    ['web', { 1: 2 }],
  ]);
  expect((await countMessages(store, { ...HOUR, logger: "web' OR true --" })).messageCount).toBe(0);
  expect((await countMessages(store, { ...HOUR, logger: 'web' })).byType.totals).toEqual([{ name: 'log', count: 2 }]);
});

it('has the six largest groups one by one, and the rest together', async () => {
  const store = await storeOf([
    header({ received: `${DAY}T10:30:00.000Z` }),
    ...Array.from({ length: 150 }, (_, type) =>
      Array.from({ length: type < 6 ? 10 - type : 1 }, () => line({ type: `t${type}` })),
    ).flat(),
  ]);
  const { byType } = await countMessages(store, HOUR);
  expect(byType.series.map(({ name, counts }) => [name, counts[60]])).toEqual([
    ['t0', 10], ['t1', 9], ['t2', 8], ['t3', 7], ['t4', 6], ['t5', 5], [null, 144],
  ]); // prettier-ignore
  expect(byType.totals).toHaveLength(100);
  expect(byType.groupCount).toBe(150);
});

it('counts a window of more than two days by its hours, and adds up all the same', async () => {
  const times = ['19T10:29:59.999', '19T10:30:00.001', '19T10:59:59.999', '19T11:00:00.000', '20T15:00:00.000', '22T09:59:59.999', '22T10:00:00.000', '22T10:30:00.000', '22T10:30:00.001']; // prettier-ignore
  const store = await storeOf(
    times.flatMap((time) => [header({ received: `2026-11-${time}Z` }), line({ type: 'log', severity: 3 })]),
  );
  const counted = await countMessages(store, {
    fromMs: Date.parse('2026-11-19T10:30:00.000Z'),
    toMs: at('10:30:00.000'),
    logger: undefined,
  });
  expect(counted).toMatchObject({ stepMs: 3_600_000, messageCount: 7, bySeverity: [{ severity: 3, count: 7 }] });
  const hours = counted.errors.flatMap((count, hour) => (count === 0 ? [] : [[hour, count]]));
  expect(hours).toEqual([[0, 2], [1, 1], [29, 1], [71, 1], [72, 2]]); // prettier-ignore
  expect(counted.byType.series[0]?.counts).toEqual(counted.errors);
});
