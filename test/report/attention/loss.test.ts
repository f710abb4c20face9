import { expect, it } from 'vitest';
import { lossItems } from '../../../src/report/attention/loss.ts';
import { windowLoss } from '../../../src/report/window-loss.ts';
import { QUIET_PATH } from '../memory-router.ts';
import { aPath, aRow } from '../some-books.ts';

const itemsOf = (...rows: Parameters<typeof aRow>[0][]): ReturnType<typeof lossItems> =>
  lossItems(windowLoss({ ...QUIET_PATH, ...aPath(rows.map(aRow)) }, { fromMs: 0, toMs: 1, logger: undefined }, 0));

it('names each logger of which more than a thousandth is missing, the most missing first', () => {
  expect(
    itemsOf(
      { logger: 'just', missing: 1, received: 999 },
      { logger: 'little', missing: 2, received: 1_000 },
      { logger: 'much', missing: 40, received: 960, silent: 3 },
    ),
  ).toEqual([
    {
      rule: 'loss',
      text: 'much: ≥ 4 % missing (40 of 1,000), 3 senders ended silently in the last 24 hours',
      logger: 'much',
      missing: 40,
      received: 960,
      silentSenders: 3,
    },
    expect.objectContaining({ logger: 'little', text: 'little: 0.2 % missing (2 of 1,002) in the last 24 hours' }),
  ]);
});

it('is calm about senders that ended silently and lost nothing that is known', () => {
  expect(itemsOf({ silent: 2, received: 10 })).toEqual([]);
});
